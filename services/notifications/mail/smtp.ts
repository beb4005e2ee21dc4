import type SMTPConnection from "nodemailer/lib/smtp-connection";

/** A mail server, as the sender sees it. */
export type Mailer = {
  /** @throws with the server's `responseCode`, when it said one. Throws as well when the connection was lost: it may have taken the mail */
  send(from: string, to: string, message: Buffer): Promise<void>;
  close(): void;
};

const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 60_000 };

/** Speaks to a mail server over two connections that are opened when they are needed, and opened anew after whatever went wrong. */
export function smtpMailer(url: string): Mailer {
  const [one, other] = [lane(url), lane(url)];
  let turn = false;
  return {
    send(...mail) {
      turn = !turn;
      return (turn ? one : other).send(...mail);
    },
    close() {
      one.close();
      other.close();
    },
  };
}

/** One connection, which takes a mail at a time. */
function lane(url: string): Mailer {
  let open: SMTPConnection | undefined;
  let last: Promise<unknown> = Promise.resolve();

  function drop(): void {
    open?.close();
    open = undefined;
  }

  async function connection(): Promise<SMTPConnection> {
    if (open) return open;
    // When the first mail is sent: a shop that writes to nobody need not hold it.
    const [{ default: Connection }, { parseConnectionUrl }] = await Promise.all([
      import("nodemailer/lib/smtp-connection"),
      import("nodemailer/lib/shared"),
    ]);
    const { auth, ...options } = parseConnectionUrl(url);
    const fresh = new Connection({ ...options, ...timeouts });
    await new Promise<void>((resolve, reject) => {
      // Whatever happens to it later, idle or busy, the next mail gets another one.
      fresh.on("error", (error) => {
        if (open === fresh) open = undefined;
        reject(error);
      });
      fresh.once("end", () => {
        if (open === fresh) open = undefined;
        reject(new Error("the mail server closed the connection"));
      });
      fresh.connect((error) => (error ? reject(error) : resolve()));
    });
    if (auth)
      await new Promise<void>((resolve, reject) => fresh.login(auth, (error) => (error ? reject(error) : resolve())));
    open = fresh;
    return fresh;
  }

  async function send(from: string, to: string, message: Buffer): Promise<void> {
    try {
      const smtp = await connection();
      await new Promise<void>((resolve, reject) =>
        smtp.send({ from, to }, message, (error) => (error ? reject(error) : resolve())),
      );
    } catch (error) {
      drop();
      throw error;
    }
  }

  return {
    send(from, to, message) {
      const sent = last.then(() => send(from, to, message));
      last = sent.then(nothing, nothing);
      return sent;
    },
    close: drop,
  };
}
const nothing = () => undefined;
