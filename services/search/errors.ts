import { defineErrors } from "@souk/kernel";

export const errors = defineErrors("search", {
  NotBuilt: {
    status: "unavailable",
    message: () => "Search is being built from the catalogue for the first time; try again in a moment.",
  },
  NoWord: {
    status: "invalid_argument",
    message: (d: { text: string }) =>
      `"${d.text}" has no word in it that could be looked for; give it a letter or a digit.`,
  },
  PhraseTooLong: {
    status: "invalid_argument",
    message: (d: { text: string; most: number }) => `"${d.text}" has more than ${d.most} words; shorten it.`,
  },
  TooManySynonyms: {
    status: "failed_precondition",
    message: (d: { most: number }) => `There are ${d.most} synonyms already; delete one that nobody needs.`,
  },
  SynonymNotFound: {
    status: "not_found",
    message: (d: { phrase: string }) => `Nothing is known of "${d.phrase}" that it means.`,
  },
});
