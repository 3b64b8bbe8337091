// Writes src/api/schema.ts from the OpenAPI document of the API, as its test keeps it.
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';

const document = new URL('../../../testdata/openapi.json', import.meta.url);
const ast = await openapiTS(JSON.parse(await readFile(document, 'utf8')), { alphabetize: true });
await writeFile(new URL('../src/api/schema.ts', import.meta.url), '// Generated from the OpenAPI document: npm run types.\n\n' + astToString(ast));
