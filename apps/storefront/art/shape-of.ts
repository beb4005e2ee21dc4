/** The name of a symbol in shapes.svg. */
type Shape = string;

/** The first line whose words a title contains decides: what is particular stands before what is common. */
const byTitle: readonly (readonly [words: RegExp, shape: Shape])[] = [
  [/\b(cutting|chopping|serving) board/, "board"],
  [/\bpan\b|saucepan/, "pan"],
  [/\bjug\b|pitcher/, "jug"],
  [/towel/, "towel"],
  [/\bsoap\b(?! dish| paste)/, "soap"],
  [/scented candle|candle in|jar candle/, "candle-jar"],
  [/candle|taper/, "candles"],
  [/lantern/, "lantern"],
  [/string light|fairy|festoon|garland/, "string-lights"],
  [/floor lamp|tripod/, "floor-lamp"],
  [/clip|reading light|torch|bike light/, "clip-light"],
  [/globe|paper .*shade|moon/, "pendant"],
  [/pendant|ceiling|dome|wall light|sconce/, "dome"],
  [/lamp\b|lamp,|lampshade/, "lamp"],
  [/cezve|coffee pot|moka/, "cezve"],
  [/teapot/, "teapot"],
  [/kettle/, "kettle"],
  [/grinder|mill\b/, "grinder"],
  [/dripper|pour-over|carafe for coffee/, "dripper"],
  [/tea glass|glasses|tumbler/, "glasses"],
  [/coffee beans|\bbeans\b|espresso roast|decaf/, "pouch"],
  [/canister|caddy|storage jar|bread bin/, "canister"],
  [/chocolate|nougat|halva|bar\b/, "bar"],
  [/honey|jam|preserve|tahini|paste|harissa|pickle|preserved|molasses|cream\b|balm|mask|scrub|salve|butter/, "jar"],
  [/hair oil|face oil|bath oil|rose water|toner|perfume|flower water|cologne|essential/, "flacon"],
  [/shampoo|lotion|hand wash|shower|liquid soap|body wash/, "pump"],
  [/olive oil|vinegar|syrup|\boil\b|cordial/, "bottle"],
  [/spice|pepper|sumac|za'atar|saffron|salt|cinnamon|cardamom|cumin|ras el|paprika/, "tin"],
  [/tea\b.*(tin|loose)|loose|\btea\b|infusion|rooibos|herbal/, "tin"],
  [
    /dried|apricot|dates|figs|almond|pistachio|nuts|couscous|bulgur|rice|lentil|chickpea|flour|raisin|granola|clay/,
    "pouch",
  ],
  [/gift box|hamper|set of soaps|discovery/, "parcel"],
  [/soap dish/, "tray"],
  [/soap/, "soap"],
  [/mitt|kessa/, "mitt"],
  [/comb/, "comb"],
  [/robe/, "robe"],
  [/sponge|loofah|luffa/, "sponge"],
  [/brush/, "brush"],
  [/basin|hammam bowl/, "basin"],
  [/trowel|fork|weeder|hoe|dibber|spade/, "trowel"],
  [/watering can/, "watering-can"],
  [/secateurs|snips|pruner|shears/, "secateurs"],
  [/gloves/, "gloves"],
  [/seed|bulbs/, "packet"],
  [/tool roll|pen roll|roll\b/, "roll"],
  [/stool|bench|chair|kneeler/, "stool"],
  [/bird|nest box|bee hotel|insect/, "birdhouse"],
  [/broom|rake/, "broom"],
  [/plant\b|herb kit|tree|olive sapling|cutting/, "plant"],
  [/planter|\bpot\b.*saucer|flower pot|terracotta|hanging pot|window box/, "planter"],
  [/vase|bud vase|amphora/, "vase"],
  [/notebook|journal|sketchbook|diary|album|ledger/, "notebook"],
  [/fountain pen|\bpen\b|ballpoint|rollerball|pencil case/, "pen"],
  [/pencils?|crayon|markers|brush pens/, "pencils"],
  [/\bink\b/, "ink"],
  [/calendar|planner/, "calendar"],
  [/envelope|card|postcard|stamp|sealing|letter set|wax/, "envelope"],
  [/scissors|letter opener/, "scissors"],
  [/tray|organiser|desk|pen holder/, "tray"],
  [/paper|pad|wrapping/, "sheets"],
  [/rug|kilim|runner rug|mat\b/, "rug"],
  [/cushion|pouf|pillow/, "cushion"],
  [/bedding|duvet|sheet|quilt/, "bedding"],
  [/\bthrow\b|blanket|shawl|scarf/, "throw-blanket"],
  [/apron/, "apron"],
  [/tablecloth/, "tablecloth"],
  [/bath towel|hammam towel|hand towel|tea towel|peshtemal|towel/, "towel"],
  [/napkin|runner|curtain|cloth|linen|placemat|bag|tote/, "folded"],
  [/knife|knives|cleaver/, "knife"],
  [/board/, "board"],
  [/mortar|pestle/, "mortar"],
  [/rolling pin/, "rolling-pin"],
  [/spoon|whisk|utensil|spatula|ladle|tongs|cutlery/, "utensils"],
  [/jug|pitcher|carafe|decanter/, "jug"],
  [/mug|cup|beaker/, "mug"],
  [/oven dish|baking dish|gratin/, "bowl"],
  [/plate|platter|dish\b/, "plate"],
  [/casserole|dutch|tagine|stockpot|cocotte|cooking pot/, "pot"],
  [/pan\b|saucepan|skillet|frying|wok/, "pan"],
  [/basket|crate|trug/, "basket"],
  [/bowl|colander|salad/, "bowl"],
];

const byCategory: readonly (readonly [words: RegExp, shapes: readonly Shape[]])[] = [
  [/kitchen|cook|table/, ["bowl", "pot", "jug"]],
  [/tea|coffee/, ["teapot", "tin", "mug"]],
  [/pantry|food|grocer/, ["jar", "pouch", "bottle"]],
  [/textile|home|bed/, ["folded", "cushion", "throw-blanket"]],
  [/light/, ["lamp", "dome", "lantern"]],
  [/station|office|book/, ["notebook", "pen", "sheets"]],
  [/garden|plant|outdoor/, ["planter", "plant", "vase"]],
  [/bath|care|beauty/, ["flacon", "soap", "pump"]],
];

const others: readonly Shape[] = ["parcel", "canister", "basket", "vase"];

/** What a product is drawn as: by its title, else by its category, else as something wrapped. */
export function shapeOf(title: string, category: string, seed: number): Shape {
  const words = title.toLowerCase();
  const found = byTitle.find(([pattern]) => pattern.test(words))?.[1];
  if (found) return found;
  const place = category.toLowerCase();
  const shapes = byCategory.find(([pattern]) => pattern.test(place))?.[1] ?? others;
  return shapes[seed % shapes.length] ?? "parcel";
}
