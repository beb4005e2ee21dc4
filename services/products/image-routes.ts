import { createHash } from "node:crypto";
import { answer, type Handlers } from "@souk/http";
import type { Tx } from "@souk/postgres";
import { type CatalogueDeps, save } from "./catalogue.ts";
import type { Image } from "./contract/images.ts";
import type { products } from "./contract.ts";
import { addImage, imageTable, type Shown, setImages } from "./db/images.ts";
import { productTable, takeTurn } from "./db/products.ts";
import { pictureIn } from "./domain/picture.ts";
import { errors } from "./errors.ts";

type Names = "addImage" | "orderImages" | "removeImage" | "image";

/** Decoded, a picture takes four bytes a pixel of whoever looks at it. */
const sideLimit = 8_000;
const perProduct = 20;
const yearSeconds = 31_536_000;

/** Pictures are kept under what they are: an address never shows another, and may be kept for ever. */
export const imageRoutes = ({ db, publish, now }: CatalogueDeps): Pick<Handlers<typeof products>, Names> => {
  /** A change of its pictures is a new version of the product, told like any other. */
  const change = (id: string, next: (tx: Tx, before: readonly Shown[]) => Promise<readonly Shown[]>) =>
    db.tx(async (tx): Promise<{ images: Image[] }> => {
      await takeTurn(tx);
      const [product] = await productTable(tx).having({ ids: [id] });
      if (!product) throw errors.NotFound({ idOrSlug: id });
      const before = product.images ?? [];
      const wanted = await next(tx, before);
      if (JSON.stringify(before.map(named)) === JSON.stringify(wanted.map(named))) return { images: [...before] };
      await setImages(tx, id, wanted);
      const [changed] = await productTable(tx).having({ ids: [id] });
      if (!changed) throw new Error("a product is gone within the transaction that wrote it");
      await save(tx, publish, [{ ...changed, version: product.version + 1 }], now());
      return { images: [...(changed.images ?? [])] };
    });

  return {
    async addImage({ params: { id }, query: { alt }, stream, mediaType }) {
      const bytes = await read(stream);
      const picture = pictureIn(bytes);
      if (picture?.mediaType !== mediaType) throw errors.PictureUnreadable({ mediaType });
      if (Math.max(picture.width, picture.height) > sideLimit) throw errors.PictureTooLarge({ limit: sideLimit });
      const image = createHash("sha256").update(bytes).digest("hex");
      const changed = await change(id, async (tx, before) => {
        const known = before.some((one) => one.id === image);
        if (known) return before.map((one) => (one.id === image ? { id: image, alt } : one));
        if (before.length === perProduct) throw errors.PicturesFull({ limit: perProduct });
        await addImage(tx, { ...picture, id: image, bytes });
        return [...before, { id: image, alt }];
      });
      return answer(201, changed, { location: `/v1/images/${image}` });
    },

    orderImages: ({ params: { id }, body }) =>
      change(id, async (_tx, before) => {
        const wanted = new Map(body.images.map((image) => [image.id, image]));
        const unknown = [...wanted.keys()].find((image) => !before.some((one) => one.id === image));
        if (unknown !== undefined) throw errors.PictureNotFound({ imageId: unknown });
        return [...wanted.values()];
      }),

    removeImage: ({ params: { id, imageId } }) =>
      change(id, async (_tx, before) => {
        const left = before.filter((one) => one.id !== imageId);
        if (left.length === before.length) throw errors.PictureNotFound({ imageId });
        return left;
      }),

    async image({ params: { imageId } }) {
      const found = await imageTable(db).find(imageId);
      if (!found) throw errors.PictureNotFound({ imageId });
      return answer(200, found.bytes, {
        "content-type": found.mediaType,
        "cache-control": `public, max-age=${yearSeconds}, immutable`,
        etag: `"${imageId}"`,
      });
    },
  };
};

const named = ({ id, alt }: Shown) => [id, alt ?? null];

/** The platform bounds its size. */
async function read(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk)); // a copy: the memory is its sender's again at the next
  return Buffer.concat(chunks);
}
