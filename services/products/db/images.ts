import { json, type Sql, type Tx } from "@souk/postgres";

type Stored = {
  readonly id: string;
  readonly mediaType: string;
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array;
};
export type Shown = { readonly id: string; readonly alt?: string | undefined };

export const imageTable = (sql: Sql) => ({
  async find(id: string): Promise<{ mediaType: string; bytes: Uint8Array } | undefined> {
    const [row] = await sql<{ mediaType: string; bytes: Uint8Array }>`
      select media_type as "mediaType", bytes from images where image_id = ${id}`;
    return row;
  },

  /** Those of a product, in their order. */
  of: (productId: string): Promise<{ id: string; alt: string | null }[]> =>
    sql<{ id: string; alt: string | null }>`
      select image_id as id, alt from product_images where product_id = ${productId} order by position`,
});

export async function addImage(tx: Tx, { id, mediaType, width, height, bytes }: Stored): Promise<void> {
  await tx`
    insert into images (image_id, media_type, width, height, bytes) values (${id}, ${mediaType}, ${width}, ${height}, ${bytes})
    on conflict do nothing`;
}

/** A product's pictures are these from now on. Bytes that no product shows any more are dropped. */
export async function setImages(tx: Tx, productId: string, images: readonly Shown[]): Promise<void> {
  const before = await tx<{ id: string }>`
    delete from product_images where product_id = ${productId} returning image_id as id`;
  const rows = json(images.map(({ id, alt }, position) => ({ id, alt: alt ?? null, position })));
  await tx`
    insert into product_images (product_id, image_id, position, alt)
    select ${productId}, id, position, alt from json_to_recordset(${rows}) as r (id text, position integer, alt text)`;
  await tx`
    delete from images i where image_id = any (${before.map(({ id }) => id)})
      and not exists (select from product_images g where g.image_id = i.image_id)`;
}
