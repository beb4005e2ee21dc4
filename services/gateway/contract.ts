import { anyone, Body, defineContract, del, Empty, get, post, Type } from "@souk/contract";
import { orders } from "@souk/orders/contract";
import { users } from "@souk/users/contract";

/** Text, or the bytes of it. */
const Html = Type.Unsafe<string | Uint8Array>(Type.String());
const Document = Html;

const expiresIn = Type.Integer({ description: "seconds until the session wants to be refreshed" });
const SignedIn = Type.Object({ user: users.endpoints.me.spec.returns, expiresIn });

/** What the gateway answers itself; everything else it forwards as the other contracts say. */
export const gateway = defineContract({
  name: "gateway",
  endpoints: {
    home: get("/", {
      summary: "Show the shop; where it was not built, what runs here",
      access: anyone,
      returns: Html,
      produces: "text/html; charset=utf-8",
    }),
    status: get("/status", {
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

    signIn: post("/session", {
      summary: "Sign a browser in: the tokens go into cookies that no script can read",
      description: "Like all of `/session`, for pages of this origin only. Programs use `/v1/auth`.",
      access: anyone,
      body: users.endpoints.login.spec.body,
      returns: SignedIn,
    }),
    register: post("/session/register", {
      summary: "Open an account and sign the browser in",
      access: anyone,
      body: users.endpoints.register.spec.body,
      returns: SignedIn,
      status: 201,
    }),
    refreshSession: post("/session/refresh", {
      summary: "Go on with a browser's session for a while, or learn that it has ended",
      access: anyone,
      returns: Type.Object({ signedIn: Type.Boolean(), expiresIn }),
    }),
    signOut: del("/session", {
      summary: "End a browser's session",
      access: anyone,
      returns: Empty,
    }),
    openGuestCart: post("/session/carts", {
      summary: "Open a cart whose token goes into a cookie",
      access: anyone,
      body: Body(orders.endpoints.createCart.spec.body.properties),
      returns: Type.Omit(orders.endpoints.cart.spec.returns, ["cartToken"]),
      status: 201,
    }),
  },
  events: {},
});
