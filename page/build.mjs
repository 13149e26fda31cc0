// Enters: src/ and the locked packages. Leaves: router/server/page/assets, ready to be served as it lies.
// Invariant: the same sources and lock give the same bytes, and PROVENANCE.md names every one of them.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const output = join(here, "..", "router", "server", "page", "assets");
const FREE = new Set(["MIT", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0"]);
const FONT_FACE = /@font-face\s*\{[^}]*\}/g;

// GraphiQL's style sheet carries 350 kB of embedded fonts; the page uses those of the reader's machine.
const withoutFonts = {
  name: "without-fonts",
  setup(build) {
    build.onLoad({ filter: /graphiql[\\/]dist[\\/]style\.css$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace(FONT_FACE, ""),
      loader: "css",
    }));
  },
};

function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

function sourceFiles() {
  const sources = readdirSync(join(here, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(here.length + 1).replaceAll("\\", "/"));
  return [...sources, "build.mjs", "package.json", "package-lock.json", "tsconfig.json"].sort();
}

// One digest over all that decides the output, so that a test can tell a stale build without running node.
function sourceDigest() {
  return sha256(sourceFiles().map((name) => `${sha256(readFileSync(join(here, name)))}  ${name}\n`).join(""));
}

function bundledPackages(metafile) {
  const folders = new Set();
  for (const input of Object.keys(metafile.inputs)) {
    const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found) folders.add(found[1]);
  }
  return [...folders]
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(here, folder, "package.json"), "utf8"));
      if (!FREE.has(license)) throw new Error(`${name} ${version} has the licence ${license}; look before bundling it`);
      return { name, version, license, folder };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function licenceText({ folder, license }) {
  const file = readdirSync(join(here, folder)).find((name) => /^licen[cs]e(\.|$)/i.test(name));
  return file
    ? readFileSync(join(here, folder, file), "utf8").trim()
    : `(The package carries no licence file; its package.json says ${license}.)`;
}

// Many packages of one family carry the same text; it is printed once, under all their names.
function licences(packages) {
  const rule = "-".repeat(78);
  const namesByText = new Map();
  for (const each of packages) {
    const text = licenceText(each);
    namesByText.set(text, [...(namesByText.get(text) ?? []), `${each.name} ${each.version} (${each.license})`]);
  }
  return [...namesByText]
    .map(([text, names]) => `${rule}\n${names.join("\n")}\n${rule}\n\n${text}\n`)
    .join("\n");
}

function provenance(packages) {
  const files = readdirSync(output).filter((name) => name !== "PROVENANCE.md").sort();
  const lines = [
    "# Where these files come from",
    "",
    "Built by `make page` from `page/` and the npm packages below, all from their published releases.",
    "Their licence texts are in LICENSES.txt. Don't edit a file here: change `page/` and build again.",
    "",
    `Sources: \`${sourceDigest()}\``,
    "",
    "| file | bytes | sha256 |",
    "|---|---:|---|",
    ...files.map((name) => {
      const bytes = readFileSync(join(output, name));
      return `| ${name} | ${bytes.length} | ${sha256(bytes)} |`;
    }),
    "",
    "| package | version | licence |",
    "|---|---|---|",
    ...packages.map((each) => `| ${each.name} | ${each.version} | ${each.license} |`),
    "",
  ];
  return lines.join("\n");
}

if (existsSync(output)) rmSync(output, { recursive: true });
mkdirSync(output, { recursive: true });
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: { app: "src/main.tsx" },
  outdir: output,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  alias: { "react-style-singleton": join(here, "src", "no-style-elements.ts") },
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "none",
  metafile: true,
  plugins: [withoutFonts],
});
for (const name of ["index.html", "icon.svg"]) {
  writeFileSync(join(output, name), readFileSync(join(here, "src", name)));
}
const packages = bundledPackages(metafile);
writeFileSync(join(output, "LICENSES.txt"), licences(packages));
writeFileSync(join(output, "PROVENANCE.md"), provenance(packages));
console.log(readFileSync(join(output, "PROVENANCE.md"), "utf8"));
