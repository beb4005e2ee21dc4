import { defineErrors } from "@souk/kernel";

/** Fields that do not fit together; the answer names them in its `details`. */
function misfits(fields: readonly { field: string; message: string }[]): string {
  return fields.map(({ field, message }) => `${field}: ${message}.`).join(" ");
}

export const errors = defineErrors("products", {
  NotFound: { status: "not_found", message: (d: { idOrSlug: string }) => `No product ${d.idOrSlug}.` },
  SkuTaken: {
    status: "already_exists",
    message: (d: { sku: string; product: string }) => `SKU ${d.sku} belongs to product ${d.product}; choose another.`,
  },
  SkuRepeated: {
    status: "invalid_argument",
    message: (d: { sku: string }) => `SKU ${d.sku} stands twice in one product; each variant needs its own.`,
  },
  SlugTaken: {
    status: "already_exists",
    message: (d: { slug: string }) => `The slug ${d.slug} belongs to another product or is reserved; choose another.`,
  },
  VersionConflict: {
    status: "aborted",
    message: (d: { id: string; expected: number; actual: number }) =>
      `${d.id} is at version ${d.actual}, not ${d.expected}; read it again and repeat the change.`,
  },
  PromotionNotFound: { status: "not_found", message: (d: { id: string }) => `No promotion ${d.id}.` },
  PromotionInvalid: { status: "invalid_argument", message: misfits },
  TaxRateNotFound: { status: "not_found", message: (d: { id: string }) => `No tax rate ${d.id}.` },
  TaxRateInvalid: { status: "invalid_argument", message: misfits },
  CodeTaken: {
    status: "already_exists",
    message: (d: { code: string }) =>
      `The code ${d.code} belongs to another that is active; choose another, or archive that one.`,
  },
  ImportHeader: {
    status: "invalid_argument",
    message: (d: { missing: readonly string[] }) =>
      `The first line of a CSV file must name its columns; ${d.missing.join(", ") || "a closing quote"} is missing.`,
  },
  CategoryNameless: {
    status: "invalid_argument",
    message: (d: { category: string }) =>
      `Category "${d.category}" has a level without a letter or digit; name each level.`,
  },
  OptionsInvalid: { status: "invalid_argument", message: (d: { why: string }) => `The options do not fit: ${d.why}.` },
  AttributesInvalid: {
    status: "invalid_argument",
    message: (d: { why: string }) => `The attributes do not fit: ${d.why}.`,
  },
  CategoryNotFound: { status: "not_found", message: (d: { slug: string }) => `No category ${d.slug}.` },
  CategoryTaken: {
    status: "already_exists",
    message: (d: { category: string }) =>
      `There is a category ${d.category} already, or its slug is taken; choose another name.`,
  },
  CategoryCycle: {
    status: "failed_precondition",
    message: (d: { slug: string; parent: string }) => `${d.slug} cannot be moved below ${d.parent}, which is below it.`,
  },
  CategoryInUse: {
    status: "failed_precondition",
    message: (d: { slug: string }) =>
      `Category ${d.slug} has products or categories in it, or an active promotion is for it; change those first.`,
  },
  CategoryTooLong: {
    status: "invalid_argument",
    message: (d: { limit: number }) => `The path of a category below would be longer than ${d.limit} characters.`,
  },
  BrandNotFound: { status: "not_found", message: (d: { slug: string }) => `No brand ${d.slug}.` },
  BrandTaken: {
    status: "already_exists",
    message: (d: { name: string }) => `Another brand is called ${d.name}; choose another name.`,
  },
  PictureUnreadable: {
    status: "invalid_argument",
    message: (d: { mediaType: string }) => `These bytes are no picture of type ${d.mediaType} that can be shown.`,
  },
  PictureTooLarge: {
    status: "invalid_argument",
    message: (d: { limit: number }) => `The picture is larger than ${d.limit} pixels a side; make it smaller.`,
  },
  PicturesFull: {
    status: "failed_precondition",
    message: (d: { limit: number }) => `A product has at most ${d.limit} pictures; remove one first.`,
  },
  PictureNotFound: { status: "not_found", message: (d: { imageId: string }) => `No picture ${d.imageId}.` },
  RelatedInvalid: {
    status: "invalid_argument",
    message: (d: { id: string; why: string }) => `${d.id} cannot be linked: ${d.why}.`,
  },
});
