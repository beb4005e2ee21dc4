// undici's entrance loads fetch, WebSocket, caches and mocks as well: 4 MB and 40 ms of CPU in every process for what nobody calls.
declare module "undici/lib/dispatcher/pool.js" {
  import { Pool } from "undici";
  export default Pool;
}
