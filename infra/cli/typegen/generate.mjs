// Reads {"url": …, "rules": {…}} from standard input, and writes the types of schema `public` to standard output. The
// rules say what Supabase's generator cannot know (types.sql).
import { text } from "node:stream/consumers";
import { generateTypescript, sortGeneratorMetadata } from "@supabase/postgrest-typegen/generation";
import { introspect } from "@supabase/postgrest-typegen/introspection";
import postgres from "postgres";

const { url, rules } = JSON.parse(await text(process.stdin));
const sql = postgres(url, { max: 1, onnotice: () => {} });
const metadata = await introspect(
  { query: async (query) => ({ rows: await sql.unsafe(query) }) },
  { includedSchemas: ["public"] },
);
await sql.end();

const [unreadable, unwritable, neverNull] = [rules.unreadable, rules.unwritable, rules.never_null].map((ids) => new Set(ids));
const callable = new Set(rules.callable);
metadata.functions = metadata.functions.filter(({ id }) => callable.has(id));
metadata.columns = metadata.columns.filter(({ id }) => !unreadable.has(id));
for (const column of metadata.columns) {
  column.is_nullable &&= !neverNull.has(column.id);
  column.is_generated ||= unwritable.has(column.id);
}
process.stdout.write(
  await generateTypescript(sortGeneratorMetadata(metadata), { detectOneToOneRelationships: true }),
);
