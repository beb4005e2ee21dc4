import { buttonLook, Empty, Skeleton } from "@souk/ui";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowRight, PackageCheck, ShieldCheck, Store, Truck } from "lucide-react";
import { categoriesQuery } from "../api/queries.ts";
import type { Product } from "../api/search.ts";
import { Artwork } from "../art/artwork.tsx";
import { ProductRow } from "../components/product-row.tsx";
import { Recommended } from "../components/recommended.tsx";
import { useTitle } from "../components/use-title.ts";
import { useWords } from "../i18n/index.tsx";
import { pages } from "../pages.ts";
import { useCurrency } from "../state/preferences.ts";
import { newQuery, presentAmount, presentsQuery } from "./home-queries.ts";

const tiles = 8;
const heroes = 3;

/** The first few of a list, each of another category as far as there are any. */
function ofDifferentKinds(products: readonly Product[]): readonly Product[] {
  const first = products.filter(
    ({ categorySlug }, place) => products.findIndex((other) => other.categorySlug === categorySlug) === place,
  );
  return [...first, ...products.filter((product) => !first.includes(product))].slice(0, heroes);
}

export function Home() {
  const { t, money } = useWords();
  const currency = useCurrency();
  useTitle(undefined);
  const fresh = useQuery(newQuery(currency));
  const presents = useQuery(presentsQuery(currency));
  const categories = useQuery(categoriesQuery);
  const top = categories.data?.filter(({ parent, products }) => parent === null && products > 0).slice(0, tiles);
  const [hero, ...others] = ofDifferentKinds(fresh.data?.data ?? []);

  return (
    <>
      <section className="hero page">
        <div className="hero-text">
          <h1 className="hero-title">{t("home.title")}</h1>
          <p className="hero-lead">{t("home.lead")}</p>
          <div className="row">
            <Link to={pages.search} search={{ sort: "newest" }} {...buttonLook({ kind: "primary", size: "large" })}>
              {t("home.shop")} <ArrowRight size={18} aria-hidden="true" />
            </Link>
          </div>
        </div>
        <div className="hero-pictures">
          {[hero, ...others].map((product, place) => (
            <div className="hero-picture" key={product?.id ?? place}>
              {product ? (
                <Link
                  to={pages.product}
                  params={{ product: product.slug }}
                  aria-label={product.title}
                  className="hero-link"
                >
                  <Artwork product={{ ...product, options: product.variants[0]?.options ?? {} }} />
                </Link>
              ) : (
                <Skeleton height="100%" />
              )}
            </div>
          ))}
        </div>
      </section>

      <ul className="promises page">
        <li>
          <Truck size={22} aria-hidden="true" />
          <span>{t("home.promise.delivery")}</span>
        </li>
        <li>
          <PackageCheck size={22} aria-hidden="true" />
          <span>{t("home.promise.track")}</span>
        </li>
        <li>
          <ShieldCheck size={22} aria-hidden="true" />
          <span>{t("home.promise.guest")}</span>
        </li>
      </ul>

      <div className="page sections">
        {fresh.data?.pagination.total === 0 && (
          <Empty icon={<Store size={44} aria-hidden="true" />} title={t("home.empty.title")} level="h2">
            <p>{t("home.empty.text")}</p>
          </Empty>
        )}
        {top?.length !== 0 && (
          <section className="section">
            <div className="section-head">
              <h2>{t("home.categories")}</h2>
            </div>
            <ul className="tiles">
              {(top ?? Array.from({ length: tiles }, () => undefined)).map((category, place) => (
                <li key={category?.slug ?? place} className="tile">
                  {category ? (
                    <>
                      <div className="tile-picture">
                        <Artwork product={{ title: category.name, category: category.path }} view="far" />
                      </div>
                      <Link to={pages.category} params={{ category: category.slug }} className="tile-link">
                        {category.name}
                      </Link>
                    </>
                  ) : (
                    <Skeleton ratio="4 / 3" />
                  )}
                </li>
              ))}
            </ul>
          </section>
        )}
        <ProductRow
          title={t("home.new")}
          places={8}
          products={fresh.data?.data}
          error={fresh.error}
          retry={() => void fresh.refetch()}
          more={
            <Link to={pages.search} search={{ sort: "newest" }} className="link small">
              {t("home.all")}
            </Link>
          }
        />
        <Recommended without={fresh.data?.data} />
        <ProductRow
          title={t("home.presents", { price: money({ amount: presentAmount, currency }) })}
          products={presents.data?.data}
          error={presents.error}
          retry={() => void presents.refetch()}
          more={
            <Link to={pages.search} search={{ max: presentAmount / 100, stock: true }} className="link small">
              {t("home.all")}
            </Link>
          }
        />
      </div>
    </>
  );
}
