import { anyone, Body, del, get, Id, post, put, type Static, Text, Type } from "@souk/contract";
import { merchandisers } from "./words.ts";

const ImageId = Type.String({ pattern: "^[0-9a-f]{64}$", description: "SHA-256 of its bytes" });
export const Image = Type.Object({
  id: ImageId,
  url: Type.String({ description: "an address of this shop; what is there never changes" }),
  alt: Type.Optional(Type.String({ description: "what is to be seen, for who cannot see it" })),
  width: Type.Integer(),
  height: Type.Integer(),
});
export type Image = Static<typeof Image>;
const Images = Type.Object({ images: Type.Array(Image, { description: "the first is the one that lists show" }) });
const imageBytes = 5 * 2 ** 20;
const OfProduct = Body({ id: Id, imageId: ImageId });

export const images = {
  addImage: post("/v1/products/:id/images", {
    summary: "Add a picture to a product: PNG, JPEG, WebP or GIF of at most 5 MiB and 8,000 pixels a side",
    description:
      "What the bytes are is read from them, not from the header alone. SVG is refused: it can hold scripts. The same picture again changes only its text.",
    access: merchandisers,
    upload: ["image/png", "image/jpeg", "image/webp", "image/gif"],
    bodyLimit: imageBytes,
    timeoutMs: 10_000,
    params: Body({ id: Id }),
    query: Body({ alt: Type.Optional(Text(300)) }),
    returns: Images,
    status: 201,
  }),
  orderImages: put("/v1/products/:id/images", {
    summary: "Put a product's pictures into order; what is not named goes",
    access: merchandisers,
    params: Body({ id: Id }),
    body: Body({ images: Type.Array(Body({ id: ImageId, alt: Type.Optional(Text(300)) }), { maxItems: 20 }) }),
    returns: Images,
  }),
  removeImage: del("/v1/products/:id/images/:imageId", {
    summary: "Take a picture off a product",
    access: merchandisers,
    params: OfProduct,
    returns: Images,
  }),
  image: get("/v1/images/:imageId", {
    summary: "Show a picture",
    access: anyone,
    params: Body({ imageId: ImageId }),
    // as: bytes, which no JSON schema describes
    returns: Type.String({ description: "its bytes" }) as unknown as Type.TUnsafe<Uint8Array>,
    produces: "image/*",
  }),
};
