// What a client library sees: runs the module that is named, and prints what it returns as one line of JSON.
// node observe.mjs MODULE URL TOKEN [ARGUMENT...]
const [name, url, token, ...rest] = process.argv.slice(2);

const { observe } = await import(`./${name}.mjs`);
process.stdout.write(JSON.stringify(await observe(url, token, ...rest)) + "\n");
process.exit(0);
