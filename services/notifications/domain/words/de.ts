import type { Words } from "./en.ts";

export const de: Words = {
  hello: (name) => `Hallo ${name},`,
  notYou: "Wenn Sie das nicht waren, hat jemand Zugang zu Ihrem Konto: Setzen Sie jetzt ein neues Passwort.",
  ignore: "Wenn Sie das nicht waren, ignorieren Sie diese Nachricht; es passiert dann nichts.",
  footer: "Sie erhalten diese Nachricht wegen Ihres Kontos oder einer Bestellung in unserem Shop.",
  unsubscribe: "Keine solchen Nachrichten mehr",

  welcome: {
    subject: "Willkommen: Bitte bestätigen Sie Ihre E-Mail-Adresse",
    text: "Mit dieser E-Mail-Adresse wurde ein Konto eröffnet. Bestätigen Sie, dass es Ihre ist, dann gehören Bestellungen, Pakete und Passwörter Ihnen allein.",
    button: "Adresse bestätigen",
    ignore: "Wenn Sie das nicht waren, bestätigen Sie nichts. Das Konto bekommt Ihre Adresse dann nie.",
  },
  verifyAddress: {
    subject: "Bitte bestätigen Sie Ihre E-Mail-Adresse",
    text: "Bestätigen Sie, dass diese E-Mail-Adresse Ihre ist.",
    button: "Adresse bestätigen",
  },
  addressTaken: {
    subject: "Sie haben schon ein Konto bei uns",
    text: "Jemand, vielleicht Sie selbst, wollte mit dieser E-Mail-Adresse ein Konto eröffnen oder sie verwenden. Sie haben ein Konto: Melden Sie sich mit Ihrem Passwort an, oder setzen Sie ein neues.",
    button: "Neues Passwort setzen",
  },
  addressChanged: {
    subject: "Ihre E-Mail-Adresse wurde geändert",
    text: "Ihr Konto hat ab jetzt eine andere E-Mail-Adresse; dies ist die letzte Nachricht an diese hier.",
    button: "Schreiben Sie uns",
  },
  resetPassword: {
    subject: "Setzen Sie ein neues Passwort",
    text: "Sie können innerhalb einer halben Stunde ein neues Passwort setzen. Sie werden damit überall abgemeldet.",
    button: "Neues Passwort setzen",
  },
  passwordChanged: {
    subject: "Ihr Passwort wurde geändert",
    text: "Das Passwort Ihres Kontos wurde geändert, und alle anderen Geräte wurden abgemeldet.",
    button: "Neues Passwort setzen",
  },
  secondFactorChanged: {
    subject: "Ihr zweiter Faktor wurde geändert",
    text: "Zu Ihrem Konto wurde ein Authenticator hinzugefügt, oder einer wurde entfernt.",
    button: "Neues Passwort setzen",
  },
  apiKeyMade: {
    subject: "In Ihrem Namen wurde ein API-Schlüssel erzeugt",
    text: "Ein API-Schlüssel wurde erzeugt. Wer ihn hat, kann in Ihrem Namen tun, was er erlaubt.",
    button: "Neues Passwort setzen",
  },

  sums: { subtotal: "Zwischensumme", discount: "Rabatt", shipping: "Versand", tax: "Steuer", total: "Summe" },
  methods: { standard: "Standardversand", express: "Expressversand", pickup: "Abholung" },
  orderConfirmed: {
    subject: (number) => `Ihre Bestellung ${number} ist bestätigt`,
    text: (number) => `Vielen Dank für Ihre Bestellung ${number}.`,
    to: "Sie geht an",
    next: "Wir schreiben wieder, wenn sie unterwegs ist.",
  },
  orderRejected: {
    subject: (number) => `Ihre Bestellung ${number} konnte nicht ausgeführt werden`,
    text: (number, reason) => `Wir konnten Ihre Bestellung ${number} nicht ausführen (${reason}).`,
    money: "Es wurde nichts abgebucht, oder es wurde zurückgegeben.",
  },
  reasons: {
    out_of_stock: "nicht mehr vorrätig",
    payment_declined: "die Zahlung wurde abgelehnt",
    payment_expired: "die Zahlung wurde nicht rechtzeitig abgeschlossen",
    invalid: "etwas darin war nicht gültig",
    customer: "Sie haben sie storniert",
    operator: "wir mussten sie stornieren",
  },
  orderShipped: {
    subject: (number) => `Ihre Bestellung ${number} ist unterwegs`,
    text: (number) => `Ein Paket Ihrer Bestellung ${number} hat unser Lager verlassen.`,
    trackingNumber: "Sendungsnummer",
    button: "Paket verfolgen",
  },
  orderCancelled: {
    subject: (number) => `Ihre Bestellung ${number} ist storniert`,
    text: (number) => `Ihre Bestellung ${number} ist storniert. Was dafür bezahlt wurde, wird zurückgegeben.`,
  },
  paymentRefunded: {
    subject: (number) => `Eine Erstattung für Ihre Bestellung ${number}`,
    text: (number) => `Wir haben Geld für Ihre Bestellung ${number} zurückgegeben.`,
    refund: "Erstattung",
    patience: "Es kann einige Tage dauern, bis Ihre Bank sie anzeigt.",
  },
  returnLabel: {
    subject: (number) => `Das Etikett für Ihre Rücksendung aus Bestellung ${number}`,
    text: (number) =>
      `Ihre Rücksendung aus Bestellung ${number} ist genehmigt. Drucken Sie das Etikett, kleben Sie es auf das Paket und geben Sie es ab.`,
    button: "Etikett öffnen",
    until: (day) => `Das Etikett gilt bis ${day}.`,
  },
  abandonedCart: {
    subject: "In Ihrem Warenkorb liegt noch etwas",
    text: "Sie haben dies in den Warenkorb gelegt und nicht bestellt. Es bleibt noch eine Weile darin, solange es vorrätig ist.",
    button: "Zum Warenkorb",
  },
  lowStock: {
    subject: (sku) => `Wenig Bestand: ${sku}`,
    text: "Was verfügbar ist, ist auf seine Schwelle gefallen.",
    available: "Verfügbar",
    threshold: "Schwelle",
  },
  webhookDisabled: {
    subject: "Ein Webhook wurde abgeschaltet",
    text: "Er ist so lange gescheitert, dass ihm nichts mehr geschickt wird. Bringen Sie ihn in Ordnung, schalten Sie ihn wieder ein, und lassen Sie nachsenden, was er verpasst hat.",
    url: "Adresse",
    since: "Gescheitert seit",
    lastError: "Letzte Antwort",
  },
};
