// Enters: a document and the operation name that GraphiQL holds. Leaves: the name to send.
// Invariant: a document of one operation goes with that operation's own name.

import { Kind, parse } from "graphql";

// GraphiQL learns the name a moment after the text, so right after a change of tab it still holds the last tab's.
export function operationNameOf(query: string, held: string | null | undefined): string | null {
  try {
    const operations = parse(query).definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
    if (operations.length === 1) return operations[0]?.name?.value ?? null;
  } catch {
    // The router says what is wrong with the document.
  }
  return held ?? null;
}
