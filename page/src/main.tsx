// Enters: the page's config. Leaves: GraphiQL with a sign-in bar, example tabs and the plan of the operation.

import { DOC_EXPLORER_PLUGIN, DocExplorerContextProvider } from "@graphiql/plugin-doc-explorer";
import { HISTORY_PLUGIN, HistoryContextProvider } from "@graphiql/plugin-history";
import { useEditorContext } from "@graphiql/react";
import { GraphiQL, GraphiQLInterface, GraphiQLProvider } from "graphiql";
import { useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import { Bar } from "./bar";
import { loadConfig, variablesText, type PageConfig } from "./config";
import { NamedTabs } from "./examples";
import { createFetcher, type LastAnswer } from "./fetcher";
import { createPlanPlugin } from "./plan";
import { Session } from "./session";
import "graphiql/style.css";
import "./page.css";

function Page({ config, session }: { config: PageConfig; session: Session }) {
  const [answer, setAnswer] = useState<LastAnswer | null>(null);
  const fetcher = useMemo(() => createFetcher(config, session, setAnswer), [config, session]);
  const plugins = useMemo(
    () => [createPlanPlugin(config, session), DOC_EXPLORER_PLUGIN, HISTORY_PLUGIN],
    [config, session],
  );
  const tabs = useMemo(
    () => config.examples.map((example) => ({ query: example.query, variables: variablesText(example) })),
    [config],
  );
  return (
    <GraphiQLProvider
      fetcher={fetcher}
      plugins={plugins}
      referencePlugin={DOC_EXPLORER_PLUGIN}
      defaultQuery=""
      {...(tabs.length > 0 ? { defaultTabs: tabs } : {})}
    >
      <HistoryContextProvider>
        <DocExplorerContextProvider>
          <div className="page">
            <Bar config={config} session={session} />
            <NamedTabs examples={config.examples}>
              <GraphiQLInterface defaultEditorToolsVisibility={config.examples.some(({ variables }) => variables)}>
                <GraphiQL.Logo>
                  <span />
                </GraphiQL.Logo>
                <GraphiQL.Footer><AnswerNote answer={answer} /></GraphiQL.Footer>
              </GraphiQLInterface>
            </NamedTabs>
          </div>
        </DocExplorerContextProvider>
      </HistoryContextProvider>
    </GraphiQLProvider>
  );
}

// The note belongs to the tab whose operation was answered, as the answer above it does.
function AnswerNote({ answer }: { answer: LastAnswer | null }) {
  const { tabs, activeTabIndex } = useEditorContext({ nonNull: true });
  const tab = tabs[activeTabIndex]?.id;
  const [noted, setNoted] = useState<{ answer: LastAnswer; tab: string | undefined } | null>(null);
  if (answer && answer !== noted?.answer) setNoted({ answer, tab });
  return noted && noted.tab === tab ? (
    <p className="answer-note">
      HTTP {noted.answer.status} in {Math.round(noted.answer.milliseconds)} ms
    </p>
  ) : null;
}

async function start(root: HTMLElement): Promise<void> {
  try {
    const config = await loadConfig();
    createRoot(root).render(<Page config={config} session={new Session(config)} />);
  } catch (error) {
    root.textContent = `The page could not start. ${error instanceof Error ? error.message : String(error)}`;
  }
}

const root = document.getElementById("page");
if (root) void start(root);
