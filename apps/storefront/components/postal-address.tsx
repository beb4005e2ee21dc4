import { MapPin } from "lucide-react";
import { useWords } from "../i18n/index.tsx";

type Props = {
  readonly address: {
    readonly name: string;
    readonly line1: string;
    readonly line2?: string;
    readonly city: string;
    readonly region?: string;
    readonly postalCode: string;
    readonly country: string;
  };
};

export function PostalAddress({ address: { name, line1, line2, city, region, postalCode, country } }: Props) {
  const words = useWords();
  const others = [line1, line2, [postalCode, city, region].filter(Boolean).join(" "), words.country(country)];
  return (
    <address className="address">
      <MapPin size={18} aria-hidden="true" />
      <span>
        <strong>{name}</strong>
        {others.filter(Boolean).map((line) => (
          <span className="address-line" key={line}>
            {line}
          </span>
        ))}
      </span>
    </address>
  );
}
