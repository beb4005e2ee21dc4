import { useState } from "react";
import type { Product, Variant } from "../api/search.ts";
import { Artwork, type View } from "../art/artwork.tsx";
import { useWords } from "../i18n/index.tsx";

const views: readonly View[] = ["whole", "near", "far"];

type Props = { readonly product: Product; readonly variant: Variant };

/** Pictures of the chosen variant: whole, near, and from a little further. */
export function Gallery({ product, variant }: Props) {
  const { t } = useWords();
  const [view, setView] = useState<View>("whole");
  const drawn = { ...product, variant: variant.title, options: variant.options };
  return (
    <div className="gallery">
      <div className="gallery-main">
        <Artwork product={drawn} view={view} />
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would be one of a form */}
      <div className="gallery-thumbs" role="group" aria-label={t("product.pictures")}>
        {views.map((one) => (
          <button
            key={one}
            type="button"
            className="gallery-thumb"
            aria-pressed={one === view}
            aria-label={t(`product.view.${one}`)}
            onClick={() => setView(one)}
          >
            <Artwork product={drawn} view={one} />
          </button>
        ))}
      </div>
    </div>
  );
}
