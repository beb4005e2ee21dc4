/** English. Every other language has exactly these. */
export const en = {
  hello: (name: string) => `Hello ${name},`,
  notYou: "If it was not you, somebody has access to your account: set a new password now.",
  ignore: "If it was not you, ignore this message; nothing will happen.",
  footer: "You get this message because of your account or an order at our shop.",
  unsubscribe: "No more messages of this kind",

  welcome: {
    subject: "Welcome: please confirm your e-mail address",
    text: "An account was opened with this e-mail address. Confirm that it is yours, and orders, parcels and passwords are yours alone.",
    button: "Confirm the address",
    ignore: "If it was not you, do not confirm it. Without that the account never gets your address.",
  },
  verifyAddress: {
    subject: "Please confirm your e-mail address",
    text: "Confirm that this e-mail address is yours.",
    button: "Confirm the address",
  },
  addressTaken: {
    subject: "You have an account with us already",
    text: "Somebody, perhaps you, wanted to open an account or to use this e-mail address. You have an account: sign in with your password, or set a new one.",
    button: "Set a new password",
  },
  addressChanged: {
    subject: "Your e-mail address was changed",
    text: "Your account has another e-mail address from now on; this is the last message to this one.",
    button: "Contact us",
  },
  resetPassword: {
    subject: "Set a new password",
    text: "You can set a new password within half an hour. It signs you out everywhere.",
    button: "Set a new password",
  },
  passwordChanged: {
    subject: "Your password was changed",
    text: "The password of your account was changed, and all other devices were signed out.",
    button: "Set a new password",
  },
  secondFactorChanged: {
    subject: "Your second factor was changed",
    text: "An authenticator was added to your account, or removed from it.",
    button: "Set a new password",
  },
  apiKeyMade: {
    subject: "An API key was made in your name",
    text: "An API key was made. Whoever has it can do what its scopes say, in your name.",
    button: "Set a new password",
  },

  sums: {
    subtotal: "Subtotal",
    discount: "Discount",
    shipping: "Shipping",
    tax: "Tax",
    total: "Total",
    included: (tax: string) => `of which ${tax}`,
  },
  methods: { standard: "Standard shipping", express: "Express shipping", pickup: "Pick-up" },
  orderConfirmed: {
    subject: (number: string) => `Your order ${number} is confirmed`,
    text: (number: string) => `Thank you for your order ${number}.`,
    to: "It goes to",
    next: "We write again when it is on its way.",
    pickUp:
      "It waits for you: come and pick it up, from the next working day at the latest. All we need is your order's number.",
    at: "Pick it up at",
    awaited: "Not in stock yet. It follows as soon as it has come:",
    awaitedThere: "Not in stock yet. We write again when it is there for you:",
  },
  pickUpReady: {
    subject: (number: string) => `Something of your order ${number} is ready`,
    text: (number: string) => `What was not in stock of your order ${number} has come. Now it waits for you:`,
  },
  orderRejected: {
    subject: (number: string) => `Your order ${number} could not be filled`,
    text: (number: string, reason: string) => `We could not fill your order ${number} (${reason}).`,
    money: "Nothing was charged, or it was given back.",
  },
  reasons: {
    out_of_stock: "out of stock",
    payment_declined: "the payment was declined",
    stock_unanswered: "our warehouse did not answer in time",
    payment_expired: "the payment was not completed in time",
    invalid: "something in it was not valid",
    customer: "you cancelled it",
    operator: "we had to cancel it",
  },
  orderShipped: {
    subject: (number: string) => `Your order ${number} is on its way`,
    text: (number: string) => `A parcel of your order ${number} has left our warehouse.`,
    trackingNumber: "Tracking number",
    button: "Follow the parcel",
  },
  orderCollected: {
    subject: (number: string) => `Your order ${number} was picked up`,
    text: (number: string) => `A parcel of your order ${number} was picked up.`,
    button: "Look at the parcel",
    notYou: "If that was neither you nor somebody you sent, answer to this message.",
  },
  parcelLost: {
    subject: (number: string) => `A parcel of your order ${number} is lost`,
    text: (number: string) => `The carrier has lost a parcel of your order ${number}. We are sorry.`,
    next: "Answer to this message, and we send it again or give the money back, as you like.",
  },
  orderCancelled: {
    subject: (number: string) => `Your order ${number} is cancelled`,
    text: (number: string) => `Your order ${number} is cancelled. Whatever was paid for it is given back.`,
  },
  restCancelled: {
    subject: (number: string) => `The rest of your order ${number} is cancelled`,
    text: (number: string) =>
      `Your bank no longer holds the money that was reserved for your order ${number}. We cannot send you what had not left by then:`,
    notCharged: "Not charged",
    charged: "Charged for what we sent",
    next: "What has left goes on to you. If you still want the rest, please order it again.",
  },
  paymentRefunded: {
    subject: (number: string) => `A refund for your order ${number}`,
    text: (number: string) => `We have given money back for your order ${number}.`,
    refund: "Refund",
    soFar: "Given back so far",
    paid: "Paid",
    patience: "It can take your bank some days to show it.",
  },
  returnNumber: "Return",
  returnRequested: {
    subject: (number: string) => `Your return from order ${number}`,
    text: "You would like to send these back. We look at it and write to you.",
    next: "Please send nothing before you have the label.",
  },
  returnRejected: {
    subject: (number: string) => `Your return from order ${number} was not approved`,
    text: (number: string) => `We cannot take back what you asked for from order ${number}.`,
    why: "Why",
    next: "If you see it otherwise, answer to this message.",
  },
  returnReceived: {
    subject: (number: string) => `Your return from order ${number} has arrived`,
    text: (number: string) => `Your parcel from order ${number} has arrived.`,
    value: "What came back cost",
    next: "We write again when the money is on its way.",
  },
  returnLabel: {
    subject: (number: string) => `The label for your return of order ${number}`,
    text: (number: string) =>
      `Your return of order ${number} is approved. Print the label, put it on the parcel and hand the parcel in.`,
    button: "Open the label",
    until: (day: string) => `The label is good until ${day}.`,
  },
  abandonedCart: {
    subject: "You left something behind",
    text: "You put these into a cart and did not order them. The cart has lapsed by now; put in again what you still like.",
    button: "Go to the shop",
  },
  lowStock: {
    subject: (sku: string) => `Low stock: ${sku}`,
    text: "What is available has fallen to its threshold.",
    available: "Available",
    threshold: "Threshold",
  },
  webhookDisabled: {
    subject: "A webhook was disabled",
    text: "It failed for so long that nothing is sent to it any more. Mend it, enable it again, and have sent again what it missed.",
    url: "Address",
    since: "Failing since",
    lastError: "Last answer",
  },
};
export type Words = typeof en;
