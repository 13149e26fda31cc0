// Enters: the configured examples and GraphiQL's tabs. Leaves: tabs that carry an example's name.
// Invariant: GraphiQL sees its own tab objects again when it is told of a new order.

import { EditorContext, useEditorContext } from "@graphiql/react";
import { useMemo, type ReactNode } from "react";
import { variablesText, type Example } from "./config";

export function exampleIn(
  tab: { query: string | null; variables?: string | null } | undefined,
  examples: Example[],
): Example | undefined {
  return examples.find(
    (example) => example.query === tab?.query && variablesText(example) === (tab.variables ?? "").trim(),
  );
}

// GraphiQL names a tab after its operation, and an anonymous one "<untitled>"; an example has a better name.
export function NamedTabs({ examples, children }: { examples: Example[]; children: ReactNode }) {
  const editor = useEditorContext({ nonNull: true });
  const named = useMemo(
    () => ({
      ...editor,
      tabs: editor.tabs.map((tab) => ({
        ...tab,
        title: exampleIn(tab, examples)?.name ?? (tab.title === "<untitled>" ? "Untitled" : tab.title),
      })),
      moveTab: (order: typeof editor.tabs) =>
        editor.moveTab(order.flatMap((moved) => editor.tabs.find((tab) => tab.id === moved.id) ?? [])),
    }),
    [editor, examples],
  );
  return <EditorContext.Provider value={named}>{children}</EditorContext.Provider>;
}

export function ExamplePicker({ examples }: { examples: Example[] }) {
  const { tabs, changeTab, addTab, queryEditor, variableEditor } = useEditorContext({ nonNull: true });
  if (examples.length === 0) return null;

  function open(example: Example) {
    const shown = tabs.findIndex((tab) => exampleIn(tab, [example]));
    if (shown >= 0) {
      changeTab(shown);
      return;
    }
    addTab();
    // GraphiQL fills the new tab's editors while it renders; the example goes in after that.
    setTimeout(() => {
      queryEditor?.setValue(example.query);
      variableEditor?.setValue(variablesText(example));
    });
  }

  return (
    <select
      className="bar-examples"
      aria-label="Examples"
      value=""
      onChange={(event) => {
        const example = examples[Number(event.target.value)];
        if (example) open(example);
      }}
    >
      <option value="" disabled>
        Examples
      </option>
      {examples.map((example, index) => (
        <option key={example.name} value={index}>
          {example.name}
        </option>
      ))}
    </select>
  );
}
