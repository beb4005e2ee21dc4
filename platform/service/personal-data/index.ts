export { type AddressDigest, addressDigest, normalAddress } from "./address-digest.ts";
export { newEnvelopeKeys, openEnvelope, putInEnvelope } from "./envelope.ts";
export { type Person, type PersonKeys, personKeys, personOf, type Seal, type Sealed } from "./person-keys.ts";
export { type Erasing, type Keeper, personalData, type Subject } from "./personal-data.ts";
