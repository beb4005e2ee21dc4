import { answer, type Handlers } from "@souk/http";
import { ServiceError } from "@souk/kernel";
import type { signingIn } from "../contract/signing-in.ts";
import type { users } from "../contract.ts";
import { errors } from "../errors.ts";
import { readForm } from "../form.ts";
import { readGrant } from "../grant.ts";
import { donePage, forgottenPasswordPage, pageHeaders, resetPasswordPage, verifyAddressPage } from "../pages.ts";
import type { Services } from "../services.ts";

type SigningIn = Pick<Handlers<typeof users>, keyof typeof signingIn>;

export function signingInRoutes({ accounts, sessions, credentials, machines, tokens }: Services): SigningIn {
  const html = (text: string, status = 200) => answer(status, text, pageHeaders);

  return {
    async register({ body, address, agent }) {
      return answer(201, await accounts.register(body, { address, agent }), { location: "/v1/users/me" });
    },
    login: ({ body, address, agent }) => accounts.login(body, { address, agent }),
    refresh: ({ body, address, agent }) => sessions.refresh(body.refreshToken, { address, agent }),
    async logout({ body }) {
      await sessions.end(body.refreshToken);
      return {};
    },

    async verifyAddress({ body }) {
      await credentials.verifyAddress(body.token);
      return {};
    },
    async requestPasswordReset({ body }) {
      await credentials.requestReset(body.email);
      return answer(202, {});
    },
    async resetPassword({ body }) {
      await credentials.resetPassword(body.token, body.password);
      return {};
    },

    verifyAddressPage: async ({ query }) => html(verifyAddressPage(query.token)),
    async verifyAddressForm({ stream }) {
      const token = (await readForm(stream)).get("token") ?? "";
      return said(
        () => credentials.verifyAddress(token),
        donePage("Thank you", "Your e-mail address is confirmed. You can close this page."),
      );
    },
    forgottenPasswordPage: async () => html(forgottenPasswordPage()),
    async forgottenPasswordForm({ stream }) {
      const email = (await readForm(stream)).get("email") ?? "";
      if (email.length > 0 && email.length <= 254) await credentials.requestReset(email);
      return html(donePage("Look into your mail", "If the address has an account, a mail is on its way to it."));
    },
    resetPasswordPage: async ({ query }) => html(resetPasswordPage(query.token)),
    async resetPasswordForm({ stream }) {
      const form = await readForm(stream);
      const password = form.get("password") ?? "";
      if (password.length < 8 || password.length > 256) return html(resetPasswordPage(form.get("token") ?? ""));
      return said(
        () => credentials.resetPassword(form.get("token") ?? "", password),
        donePage("Done", "Your password is set, and you were signed out everywhere. Sign in with it now."),
      );
    },

    async token({ stream, mediaType, headers }) {
      const { clientId, secret } = await readGrant(stream, mediaType, headers.authorization);
      return machines.token(clientId, secret);
    },
    discovery: async () => ({
      issuer: tokens.issuer,
      jwks_uri: `${tokens.issuer}/.well-known/jwks.json`,
      token_endpoint: `${tokens.issuer}/oauth/token`,
      grant_types_supported: ["client_credentials"],
      token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
      id_token_signing_alg_values_supported: ["EdDSA"],
      response_types_supported: [],
      subject_types_supported: ["public"],
    }),
    jwks: async () => tokens.jwks,
  };

  /** People in front of a page are told in a page what went wrong with their link. */
  async function said(work: () => Promise<void>, done: string) {
    try {
      await work();
      return html(done);
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== errors.LetterTokenInvalid.code) throw error;
      return html(donePage("This link does not work", error.message));
    }
  }
}
