import { savePython } from './printed-spans.mjs';

/**
 * `PYTHON=/some/venv/bin/python node python.mjs` runs all, `… python.mjs crewai` those of that name: frameworks want each
 * a Python of their own. What a script needs stands in it.
 */
const IN_PROCESS = 'in the same process';
const OWN = 'a server of our own';
const SCRIPTS = [
  ['vectors.py', 'chroma', IN_PROCESS],
  ['vectors.py', 'lancedb', IN_PROCESS],
  ['vectors.py', 'milvus', IN_PROCESS],
  ['vectors.py', 'qdrant', IN_PROCESS],
  ['vectors.py', 'weaviate', OWN],
  ['services.py', 'cosmos', OWN],
  ['agents.py', 'fastmcp', IN_PROCESS],
  ['agents.py', 'pydantic_ai', IN_PROCESS],
  ['frameworks.py', 'openai_agents', OWN, 'openinference', 'traceloop', 'otel'],
  ['frameworks.py', 'langgraph', OWN, 'openinference', 'traceloop', 'otel'],
  ['frameworks.py', 'google_adk', OWN, 'itself', 'old'],
  ['frameworks.py', 'crewai', OWN, 'openinference', 'traceloop'],
  ['frameworks.py', 'llama_index', OWN, 'openinference', 'traceloop'],
  ['frameworks.py', 'haystack', OWN, 'openinference'],
  ['frameworks.py', 'strands', OWN, 'itself'],
  ['frameworks.py', 'smolagents', OWN, 'openinference'],
  ['frameworks.py', 'agno', OWN, 'openinference'],
  ['frameworks.py', 'agent_framework', OWN, 'itself'],
  ['frameworks.py', 'semantic_kernel', OWN, 'itself'],
  ['frameworks.py', 'autogen', OWN, 'itself'],
  ['frameworks.py', 'anthropic', OWN, 'openinference', 'traceloop', 'otel'],
  ['frameworks.py', 'mistral', OWN, 'openinference'],
  ['frameworks.py', 'google_genai', OWN, 'otel'],
  ['frameworks.py', 'litellm', OWN, 'openinference'],
  ['frameworks.py', 'bedrock', OWN, 'otel'],
  ['frameworks.py', 'claude_agent', IN_PROCESS, 'openinference'],
  ['agent_to_agent.py', 'a2a_python', IN_PROCESS, 'itself', 'http'],
];
const [wanted, wantedConvention] = process.argv.slice(2);

for (const [file, which, server, ...conventions] of SCRIPTS) {
  if (wanted !== undefined && which !== wanted) continue;
  for (const convention of conventions.length === 0 ? ['python'] : conventions) {
    if (wantedConvention !== undefined && convention !== wantedConvention) continue;
    const name = `${which}-${convention}`.replaceAll('_', '-');
    savePython({ name, server, whole: conventions.length > 0 }, file, which, convention);
  }
}
