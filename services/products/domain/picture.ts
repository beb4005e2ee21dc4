export type Picture = {
  readonly mediaType: "image/png" | "image/jpeg" | "image/webp" | "image/gif";
  /** Pixels. */
  readonly width: number;
  readonly height: number;
};

/** What kind of picture the bytes are, and how large, by their own head; undefined when they are none that we serve. */
export function pictureIn(bytes: Uint8Array): Picture | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const read of [png, gif, webp, jpeg]) {
    try {
      const picture = read(view);
      if (picture && picture.width > 0 && picture.height > 0) return picture;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error; // it ends before its own head does
    }
  }
  return undefined;
}

const text = (view: DataView, at: number, length: number): string =>
  String.fromCharCode(...Array.from({ length }, (_, i) => view.getUint8(at + i)));

/** PNG (ISO 15948): signature, then the chunk IHDR. */
function png(view: DataView): Picture | undefined {
  if (view.getUint32(0) !== 0x89504e47 || view.getUint32(4) !== 0x0d0a1a0a || text(view, 12, 4) !== "IHDR")
    return undefined;
  return { mediaType: "image/png", width: view.getUint32(16), height: view.getUint32(20) };
}

function gif(view: DataView): Picture | undefined {
  if (!/^GIF8[79]a$/.test(text(view, 0, 6))) return undefined;
  return { mediaType: "image/gif", width: view.getUint16(6, true), height: view.getUint16(8, true) };
}

/** WebP (RFC 9649): lossy, lossless and extended files say their size in three ways. */
function webp(view: DataView): Picture | undefined {
  if (text(view, 0, 4) !== "RIFF" || text(view, 8, 4) !== "WEBP") return undefined;
  const mediaType = "image/webp";
  switch (text(view, 12, 4)) {
    case "VP8 ":
      return { mediaType, width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case "VP8L": {
      const bits = view.getUint32(21, true);
      return { mediaType, width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
    }
    case "VP8X": {
      const side = (at: number) => (view.getUint16(at, true) | (view.getUint8(at + 2) << 16)) + 1;
      return { mediaType, width: side(24), height: side(27) };
    }
    default:
      return undefined;
  }
}

/** JPEG (ITU-T T.81): segments up to the one that begins a frame; 0xC4, 0xC8 and 0xCC begin none. */
function jpeg(view: DataView): Picture | undefined {
  if (view.getUint16(0) !== 0xffd8) return undefined;
  for (let at = 2; ; ) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++; // fill bytes
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc)
      return { mediaType: "image/jpeg", width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    if (marker === 0xd9 || marker === 0xda) return undefined;
    at += 2 + view.getUint16(at + 2);
  }
}
