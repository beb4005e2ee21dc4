import { type Handlers, page } from "@souk/http";
import type { search } from "./contract.ts";
import { mostSynonyms, synonymTable } from "./db/synonyms.ts";
import { longestPhrase } from "./domain/query.ts";
import { wordsIn } from "./domain/words.ts";
import { errors } from "./errors.ts";
import type { RouteDeps } from "./routes.ts";

type SynonymHandlers = Pick<Handlers<typeof search>, "synonyms" | "putSynonym" | "deleteSynonym">;

export const synonymRoutes = ({ db, now, catalogue }: RouteDeps): SynonymHandlers => {
  const table = synonymTable(db);
  return {
    async synonyms({ query: { page: number = 1, limit = 20 } }) {
      const { items, total } = await table.page({ page: number, limit });
      return page({ items, total, page: number, limit }, "/v1/search/synonyms");
    },

    async putSynonym({ params, body: { means, bothWays = false } }) {
      const synonym = { phrase: phraseOf(params.phrase), means: means.map(phraseOf), bothWays, updatedAt: now() };
      if (!(await table.put(synonym))) throw errors.TooManySynonyms({ most: mostSynonyms });
      catalogue.wake();
      return synonym;
    },

    async deleteSynonym({ params }) {
      const phrase = phraseOf(params.phrase);
      if (!(await table.delete(phrase))) throw errors.SynonymNotFound({ phrase });
      catalogue.wake();
      return {};
    },
  };
};

/** As it is known again. @throws ServiceError `NoWord`, `PhraseTooLong` */
function phraseOf(text: string): string {
  const words = wordsIn(text);
  if (words.length === 0) throw errors.NoWord({ text });
  if (words.length > longestPhrase) throw errors.PhraseTooLong({ text, most: longestPhrase });
  return words.map((word) => word.text).join(" ");
}
