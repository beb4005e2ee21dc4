import type { Address } from "./order-state.ts";

/** ISO 3166-1 alpha-2, as officially assigned. */
const countries: ReadonlySet<string> = new Set(
  (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH " +
    "CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN " +
    "GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI " +
    "LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM " +
    "PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD " +
    "TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
  ).split(" "),
);

type Format = { readonly shape: RegExp; readonly like: string };
const digits = (count: number, like: string): Format => ({ shape: new RegExp(`^\\d{${count}}$`), like });

/** How postal codes are written where most parcels go. Elsewhere, and where there are none, anything goes. */
const postalCodes: ReadonlyMap<string, Format> = new Map(
  Object.entries<Format>({
    AT: digits(4, "1010"),
    AU: digits(4, "2000"),
    BE: digits(4, "1000"),
    BG: digits(4, "1000"),
    BR: { shape: /^\d{5}-?\d{3}$/, like: "01310-100" },
    CA: { shape: /^[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d$/i, like: "K1A 0B1" },
    CH: digits(4, "8001"),
    CN: digits(6, "100000"),
    CY: digits(4, "1010"),
    CZ: { shape: /^\d{3} ?\d{2}$/, like: "110 00" },
    DE: digits(5, "10115"),
    DK: digits(4, "1050"),
    EE: digits(5, "10111"),
    ES: { shape: /^(0[1-9]|[1-4]\d|5[0-2])\d{3}$/, like: "28001" },
    FI: digits(5, "00100"),
    FR: digits(5, "75001"),
    GB: { shape: /^(GIR ?0AA|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})$/i, like: "SW1A 1AA" },
    GR: { shape: /^\d{3} ?\d{2}$/, like: "105 57" },
    HR: digits(5, "10000"),
    HU: digits(4, "1011"),
    IE: { shape: /^([AC-FHKNPRTV-Y]\d{2}|D6W) ?[0-9AC-FHKNPRTV-Y]{4}$/i, like: "D02 AF30" },
    IN: { shape: /^[1-9]\d{2} ?\d{3}$/, like: "110001" },
    IT: digits(5, "00118"),
    JP: { shape: /^\d{3}-?\d{4}$/, like: "100-0001" },
    KR: digits(5, "03051"),
    LT: { shape: /^(LT-)?\d{5}$/i, like: "01100" },
    LU: { shape: /^(L-)?\d{4}$/i, like: "1009" },
    LV: { shape: /^(LV-)?\d{4}$/i, like: "LV-1001" },
    MX: digits(5, "01000"),
    NL: { shape: /^[1-9]\d{3} ?[A-Z]{2}$/i, like: "1012 AB" },
    NO: digits(4, "0150"),
    NZ: digits(4, "6011"),
    PL: { shape: /^\d{2}-\d{3}$/, like: "00-001" },
    PT: { shape: /^\d{4}-\d{3}$/, like: "1000-001" },
    RO: digits(6, "010011"),
    SE: { shape: /^\d{3} ?\d{2}$/, like: "111 20" },
    SG: digits(6, "018956"),
    SI: digits(4, "1000"),
    SK: { shape: /^\d{3} ?\d{2}$/, like: "811 01" },
    US: { shape: /^\d{5}(-\d{4})?$/, like: "20500" },
  }),
);

/** Where a letter does not arrive without a state or a province. */
const needsRegion: ReadonlySet<string> = new Set(["AU", "BR", "CA", "CN", "IN", "JP", "MX", "US"]);

/** `field` is a JSON pointer. */
export type AddressProblem = { readonly field: string; readonly message: string };

/**
 * What keeps a parcel from arriving at an address.
 * @param at JSON pointer of the address in what was sent  @param isSentTo false: nobody goes there, so that only the country is looked at
 */
export function addressProblems(
  { country, region, postalCode }: Address,
  at: string,
  isSentTo = true,
): AddressProblem[] {
  if (!countries.has(country))
    return [{ field: `${at}/country`, message: `"${country}" is no country of ISO 3166-1; write two letters, as DE.` }];
  if (!isSentTo) return [];
  const problems: AddressProblem[] = [];
  const format = postalCodes.get(country);
  if (format && !format.shape.test(postalCode.trim()))
    problems.push({
      field: `${at}/postalCode`,
      message: `is not a postal code of ${country}; one looks like ${format.like}.`,
    });
  if (needsRegion.has(country) && !region?.trim())
    problems.push({ field: `${at}/region`, message: `is needed in ${country}: the state or province.` });
  return problems;
}
