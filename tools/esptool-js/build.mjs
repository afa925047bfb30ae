// Makes edgecask/package/board_page/esptool_js/esptool.js of esptool-js, as the lock names it:
//
//     cd tools/esptool-js && npm ci --ignore-scripts && node build.mjs
//
// One script that sets `esptoolJs`, with what a page needs for an ESP32-S3 alone: dynamic imports are inlined, since the
// page may fetch nothing, and other chips' parts and stubs, and what reads firmware images, are left out. Not minified,
// so that it can be read. The same packages give the same bytes; tests/integration/test_esptool_js_bundle.py holds that.

import { build } from "esbuild";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const own = dirname(fileURLToPath(import.meta.url));
const folder = resolve(process.argv[2] || join(own, "../../edgecask/package/board_page/esptool_js"));
const modules = join(own, "node_modules");

const ENTRY = 'export { ESPLoader, Transport } from "esptool-js";';
const CHIPS = `
import { ESP32S3ROM } from "./esp32s3.js";
export const CHIP_DEFS = { esp32s3: new ESP32S3ROM() };
export const CHIP_LIST = Object.keys(CHIP_DEFS);
export const ROM_LIST = Object.values(CHIP_DEFS);
`;

// esp32.js is what esp32s3.js extends.
const only = {
  name: "only the ESP32-S3",
  setup(plugin) {
    plugin.onLoad({ filter: /esptool-js\/lib\/targets\/index\.js$/ }, () => ({
      contents: CHIPS, resolveDir: join(modules, "esptool-js/lib/targets"),
    }));
    plugin.onLoad({ filter: /esptool-js\/lib\/targets\/esp\w+\.js$/ }, ({ path }) => (
      /esp32(s3)?\.js$/.test(path) ? null : { contents: "export {};" }
    ));
    // What reads a boot loader's image; a model is written where none is.
    plugin.onLoad({ filter: /esptool-js\/lib\/image\/index\.js$/ }, () => ({
      contents: 'export async function loadFirmwareImage() { throw new Error("only models are written here"); }',
    }));
    plugin.onLoad({ filter: /targets\/stub_flasher\/[\w-]+\.json$/ }, ({ path }) => (
      path.endsWith("/esp32s3.json") ? null : { contents: "{}", loader: "json" }
    ));
  },
};

const bundled = await build({
  stdin: { contents: ENTRY, resolveDir: own },
  absWorkingDir: own,
  bundle: true,
  write: false,
  format: "iife",
  globalName: "esptoolJs",
  platform: "browser",
  target: "es2022",
  charset: "ascii",
  legalComments: "none",
  logLevel: "warning",
  logOverride: { "import-is-undefined": "silent" },
  plugins: [only],
});

const locked = JSON.parse(await readFile(join(own, "package-lock.json"), "utf8")).packages;
const versions = [];
const licences = [];
const packages = [];
for (const name of ["esptool-js", "pako", "atob-lite"]) {
  const about = JSON.parse(await readFile(join(modules, name, "package.json"), "utf8"));
  const { version, integrity } = locked[`node_modules/${name}`];
  const sha512 = Buffer.from(integrity.replace(/^sha512-/, ""), "base64").toString("hex");
  packages.push({ name, version, licence: about.license.replace(/^\((.*)\)$/, "$1"), sha512 });
  versions.push(`${name} ${about.version} (${about.license})`);
  licences.push(`${name} ${about.version}\n\n${await readFile(join(modules, name, "LICENSE"), "utf8").catch(() => readFile(join(modules, name, "LICENSE.md"), "utf8"))}`);
}
const head = `// ${versions.join(", ")}; licences: LICENSES.txt. Bundled by tools/esptool-js/build.mjs.\n`;
await mkdir(folder, { recursive: true });
await writeFile(join(folder, "esptool.js"), head + bundled.outputFiles[0].text);
await writeFile(join(folder, "LICENSES.txt"), licences.map(text => text.trim()).join(`\n\n${"-".repeat(80)}\n\n`) + "\n");
// For the package's bill of materials.
await writeFile(join(folder, "packages.json"), JSON.stringify(packages, null, 2) + "\n");
