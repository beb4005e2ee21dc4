import { anyone, defineContract, get, Type } from "@souk/contract";

const Html = Type.String();
const Document = Type.String();

/** What the gateway answers itself; everything else it forwards as the other contracts say. */
export const gateway = defineContract({
  name: "gateway",
  endpoints: {
    home: get("/", {
      summary: "Say what runs here and where to go",
      access: anyone,
      returns: Html,
      produces: "text/html; charset=utf-8",
    }),
    reference: get("/docs", {
      summary: "Read the reference of the API",
      access: anyone,
      returns: Html,
      produces: "text/html; charset=utf-8",
    }),
    errors: get("/docs/errors", {
      summary: "Read what each error code means and what to do",
      access: anyone,
      returns: Html,
      produces: "text/html; charset=utf-8",
    }),
    openapi: get("/openapi.json", {
      summary: "Describe the API (OpenAPI 3.1)",
      access: anyone,
      returns: Document,
      produces: "application/json",
    }),
    asyncapi: get("/asyncapi.json", {
      summary: "Describe the events (AsyncAPI 3)",
      access: anyone,
      returns: Document,
      produces: "application/json",
    }),
  },
  events: {},
});
