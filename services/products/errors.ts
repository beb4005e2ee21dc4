import { defineErrors } from "@souk/kernel";

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
  PromotionInvalid: {
    status: "invalid_argument",
    message: (d: { field: string; why: string }) => `${d.field} does not fit: ${d.why}.`,
  },
  TaxRateNotFound: { status: "not_found", message: (d: { id: string }) => `No tax rate ${d.id}.` },
  TaxRateInvalid: {
    status: "invalid_argument",
    message: (d: { field: string; why: string }) => `${d.field} does not fit: ${d.why}.`,
  },
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
});
