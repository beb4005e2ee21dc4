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

  sums: {
    subtotal: "Zwischensumme",
    discount: "Rabatt",
    shipping: "Versand",
    tax: "Steuer",
    total: "Summe",
    included: (tax) => `darin enthalten: ${tax}`,
  },
  methods: { standard: "Standardversand", express: "Expressversand", pickup: "Abholung" },
  orderConfirmed: {
    subject: (number) => `Ihre Bestellung ${number} ist bestätigt`,
    text: (number) => `Vielen Dank für Ihre Bestellung ${number}.`,
    to: "Sie geht an",
    next: "Wir schreiben wieder, wenn sie unterwegs ist.",
    pickUp:
      "Sie wartet auf Sie: Holen Sie sie ab, spätestens ab dem nächsten Werktag. Wir brauchen nur die Nummer Ihrer Bestellung.",
    at: "Abzuholen bei",
    awaited: "Noch nicht auf Lager. Es folgt, sobald es da ist:",
    awaitedThere: "Noch nicht auf Lager. Wir schreiben wieder, wenn es für Sie bereitliegt:",
  },
  pickUpReady: {
    subject: (number) => `Aus Ihrer Bestellung ${number} liegt etwas bereit`,
    text: (number) => `Was von Ihrer Bestellung ${number} nicht auf Lager war, ist da. Jetzt wartet es auf Sie:`,
  },
  orderRejected: {
    subject: (number) => `Ihre Bestellung ${number} konnte nicht ausgeführt werden`,
    text: (number, reason) => `Wir konnten Ihre Bestellung ${number} nicht ausführen (${reason}).`,
    money: "Es wurde nichts abgebucht, oder es wurde zurückgegeben.",
  },
  reasons: {
    out_of_stock: "nicht mehr vorrätig",
    payment_declined: "die Zahlung wurde abgelehnt",
    stock_unanswered: "unser Lager hat nicht rechtzeitig geantwortet",
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
  orderCollected: {
    subject: (number) => `Ihre Bestellung ${number} wurde abgeholt`,
    text: (number) => `Ein Paket Ihrer Bestellung ${number} wurde abgeholt.`,
    button: "Paket ansehen",
    notYou: "Wenn das weder Sie waren noch jemand in Ihrem Auftrag, antworten Sie auf diese Nachricht.",
  },
  parcelLost: {
    subject: (number) => `Ein Paket Ihrer Bestellung ${number} ist verloren gegangen`,
    text: (number) => `Der Zusteller hat ein Paket Ihrer Bestellung ${number} verloren. Das tut uns leid.`,
    next: "Antworten Sie auf diese Nachricht, und wir schicken es noch einmal oder geben das Geld zurück, wie Sie möchten.",
  },
  orderCancelled: {
    subject: (number) => `Ihre Bestellung ${number} ist storniert`,
    text: (number) => `Ihre Bestellung ${number} ist storniert. Was dafür bezahlt wurde, wird zurückgegeben.`,
  },
  restCancelled: {
    subject: (number) => `Der Rest Ihrer Bestellung ${number} ist storniert`,
    text: (number) =>
      `Ihre Bank hält das Geld nicht mehr bereit, das für Ihre Bestellung ${number} reserviert war. Was bis dahin nicht verschickt war, können wir Ihnen nicht schicken:`,
    notCharged: "Nicht abgebucht",
    charged: "Abgebucht für das Verschickte",
    next: "Was unterwegs ist, kommt bei Ihnen an. Wenn Sie den Rest noch möchten, bestellen Sie ihn bitte neu.",
  },
  paymentRefunded: {
    subject: (number) => `Eine Erstattung für Ihre Bestellung ${number}`,
    text: (number) => `Wir haben Geld für Ihre Bestellung ${number} zurückgegeben.`,
    refund: "Erstattung",
    soFar: "Bisher zurückgegeben",
    paid: "Bezahlt",
    patience: "Es kann einige Tage dauern, bis Ihre Bank sie anzeigt.",
  },
  returnNumber: "Rücksendung",
  returnRequested: {
    subject: (number) => `Ihre Rücksendung aus Bestellung ${number}`,
    text: "Sie möchten dies zurückschicken. Wir sehen es uns an und schreiben Ihnen.",
    next: "Bitte schicken Sie nichts ab, bevor Sie das Etikett haben.",
  },
  returnRejected: {
    subject: (number) => `Ihre Rücksendung aus Bestellung ${number} wurde nicht genehmigt`,
    text: (number) => `Wir können nicht zurücknehmen, was Sie aus Bestellung ${number} zurückschicken wollten.`,
    why: "Grund",
    next: "Wenn Sie es anders sehen, antworten Sie auf diese Nachricht.",
  },
  returnReceived: {
    subject: (number) => `Ihre Rücksendung aus Bestellung ${number} ist angekommen`,
    text: (number) => `Ihr Paket aus Bestellung ${number} ist angekommen.`,
    value: "Was zurückkam, kostete",
    next: "Wir schreiben wieder, wenn das Geld unterwegs ist.",
  },
  returnLabel: {
    subject: (number) => `Das Etikett für Ihre Rücksendung aus Bestellung ${number}`,
    text: (number) =>
      `Ihre Rücksendung aus Bestellung ${number} ist genehmigt. Drucken Sie das Etikett, kleben Sie es auf das Paket und geben Sie es ab.`,
    button: "Etikett öffnen",
    until: (day) => `Das Etikett gilt bis ${day}.`,
  },
  abandonedCart: {
    subject: "Sie haben etwas liegen lassen",
    text: "Sie haben dies in einen Warenkorb gelegt und nicht bestellt. Der Warenkorb ist inzwischen verfallen; legen Sie wieder hinein, was Ihnen noch gefällt.",
    button: "Zum Shop",
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
