// Exits 0 when npm's record of what lies in node_modules agrees with package-lock.json. CommonJS and no TypeScript: the
// launcher runs it before anything else is known to be installed.
const { join } = require("node:path");

const root = process.argv[2];
const wanted = require(join(root, "package-lock.json")).packages;
const present = require(join(root, "node_modules", ".package-lock.json")).packages;

// Optional packages of other platforms are in the lockfile and rightly not here.
const same = ([path, entry]) => {
  const found = present[path];
  if (!found) return entry.optional === true || path === "";
  return found.version === entry.version && found.integrity === entry.integrity;
};
process.exit(Object.entries(wanted).every(same) ? 0 : 1);
