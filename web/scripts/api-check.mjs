// Fails when the committed client types are not those of contracts/openapi.json.
import { readFile } from "node:fs/promises";
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";

const contract = new URL("../../contracts/openapi.json", import.meta.url);
const committed = new URL("../src/api/schema.gen.ts", import.meta.url);

const expected = COMMENT_HEADER + astToString(await openapiTS(contract));
if ((await readFile(committed, "utf8")) !== expected) {
  process.stderr.write(
    "src/api/schema.gen.ts is not what contracts/openapi.json says. Run `npm run api:generate` and commit it.\n",
  );
  process.exit(1);
}
