/** Model providers spelled as in `gen_ai.provider.name` (ruling 21), whatever the instrumentation calls them. */

const SPELLINGS: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    vertex_ai: 'gcp.vertex_ai',
    vertexai: 'gcp.vertex_ai',
    google_vertexai: 'gcp.vertex_ai',
    'google.vertex': 'gcp.vertex_ai',
    gemini: 'gcp.gemini',
    'google.generative-ai': 'gcp.gemini',
    'google-generative-ai': 'gcp.gemini',
    google: 'gcp.gen_ai',
    'az.ai.inference': 'azure.ai.inference',
    'az.ai.openai': 'azure.ai.openai',
    azure: 'azure.ai.openai',
    'azure-openai': 'azure.ai.openai',
    azure_openai: 'azure.ai.openai',
    xai: 'x_ai',
    mistralai: 'mistral_ai',
    mistral: 'mistral_ai',
    moonshot: 'moonshot_ai',
    moonshotai: 'moonshot_ai',
    bedrock: 'aws.bedrock',
    'amazon-bedrock': 'aws.bedrock',
    aws_bedrock: 'aws.bedrock',
    aws: 'aws.bedrock',
    watsonx: 'ibm.watsonx.ai',
    watsonxai: 'ibm.watsonx.ai',
  }),
);

/** Agent frameworks that write their own name where the provider's belongs: who answered, they do not say. */
const FRAMEWORKS: ReadonlySet<string> = new Set([
  'strands-agents',
  'gcp.vertex.agent',
  'microsoft.agent_framework',
  'semantic_kernel',
  'autogen',
  'crewai',
  'langchain',
  'langgraph',
]);

/** Spellings of `gen_ai.provider.name` that look like hosts. */
const DOTTED: ReadonlySet<string> = new Set([
  'gcp.vertex_ai',
  'gcp.gemini',
  'gcp.gen_ai',
  'azure.ai.inference',
  'azure.ai.openai',
  'aws.bedrock',
  'ibm.watsonx.ai',
]);

/** Is this where a host may stand (ruling 23) the name of a provider, of whose hosts nothing is known? */
export function isProviderName(text: string): boolean {
  return DOTTED.has(text) || !/[.:]/.test(text);
}

/** `openai.chat`, `google.generative-ai.embedding`: what the Vercel AI SDK appends to a provider's name. */
const AI_SDK_SUFFIX =
  /\.(?:chat|responses|completion|completions|embedding|embeddings|textembedding|messages|image|rerank|reranking|speech|transcription|generative-ai)$/;

/** Run by the tenant: a call without a host reaches nobody else. */
const LOCAL: ReadonlySet<string> = new Set([
  'ollama',
  'llama.cpp',
  'llamacpp',
  'llamafile',
  'vllm',
  'tgi',
  'lmstudio',
  'lm_studio',
  'transformers',
  'transformers.js',
  'onnx',
  'mlx',
  'localai',
]);

/**
 * @param name from `gen_ai.provider.name`, `gen_ai.system`, `llm.provider` or `ai.model.provider`, any case
 * @returns '' for the name of an agent framework
 */
export function providerName(name: string): string {
  const lower = name.trim().toLowerCase();
  const known = SPELLINGS.get(lower);
  if (known !== undefined) return known;
  if (FRAMEWORKS.has(lower)) return '';
  const bare = lower.replace(AI_SDK_SUFFIX, '');
  return bare === lower ? bare : providerName(bare);
}

/** Does this provider run in the tenant's own process or network when no host says otherwise? */
export function isLocalProvider(provider: string): boolean {
  return LOCAL.has(provider);
}
