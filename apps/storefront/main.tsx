import "@souk/ui/styles.css";
import "./styles/index.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { createRoot } from "react-dom/client";
import { isProblem } from "./api/problem.ts";
import { firstMessages, Language } from "./i18n/index.tsx";
import { createShopRouter } from "./router.tsx";
import { partMissing } from "./state/parts.ts";

const attempts = 3;
const againMs = 5_000;

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // A refusal is an answer: only what may pass is asked again.
      retry: (failures, error) => failures < attempts && isProblem(error) && error.isPassing,
      retryDelay: (failures) => Math.min(400 * 2 ** failures, 4_000) * (0.75 + Math.random() / 2),
      staleTime: 10_000,
      // Nobody has to press anything when the shop is back.
      refetchInterval: ({ state: { error } }) => (isProblem(error) && error.isPassing ? againMs : false),
      // Shown again while it is away, and asked for again when it is back.
      gcTime: 30 * 60_000,
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

const root = document.getElementById("root");
if (!root) throw new Error("index.html has a #root");
const router = createShopRouter(client);
const texts = firstMessages();
// Until there is a page to draw, the document stands as it came, and says why when that takes long.
let isDrawn = false;
void Promise.all([texts, partMissing()]).then(([messages]) => {
  if (isDrawn) return;
  const banner = Object.assign(document.createElement("div"), {
    className: "outage",
    role: "status",
    textContent: messages["outage.banner"],
  });
  root.append(banner);
});
const [first] = await Promise.all([texts, router.load()]);
isDrawn = true;
createRoot(root).render(
  <QueryClientProvider client={client}>
    <Language first={first}>
      <RouterProvider router={router} />
    </Language>
  </QueryClientProvider>,
);
