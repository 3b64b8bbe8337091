import { base, lang, learnClock } from '../lib/base';
import type { components, paths } from './schema';

type Schemas = components['schemas'];
export type Ticket = Schemas['Ticket'];
export type Message = Schemas['Message'];
export type TicketEvent = Schemas['Event'];
export type Problem = Schemas['Problem'];
export type Schema<N extends keyof Schemas> = Schemas[N];
/** The name of a permission. */
export type Op = string;

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type Operation<P extends keyof paths, M extends Method> = Exclude<paths[P][M], undefined>;
export type PathsWith<M extends Method> = { [P in keyof paths]: Operation<P, M> extends never ? never : P }[keyof paths];

type Params<O, In extends string> = O extends { parameters: infer A } ? (In extends keyof A ? Exclude<A[In], undefined> : never) : never;
type Body<O> = O extends { requestBody?: infer R } ? (Exclude<R, undefined> extends { content: { 'application/json': infer B } } ? B : never) : never;
type JSONOf<R> = R extends { content: { 'application/json': infer J } } ? J : undefined;
export type Answer<P extends keyof paths, M extends Method> = Operation<P, M> extends { responses: infer R }
  ? 200 extends keyof R ? JSONOf<R[200]> : 201 extends keyof R ? JSONOf<R[201]> : 202 extends keyof R ? JSONOf<R[202]> : undefined
  : never;

export interface Options<P extends keyof paths, M extends Method> {
  path?: Params<Operation<P, M>, 'path'>;
  query?: Params<Operation<P, M>, 'query'>;
  body?: Body<Operation<P, M>>;
  /** The version that the change is meant for. */
  version?: number;
  signal?: AbortSignal;
  /** Lets the request outlive the page. */
  keepalive?: boolean;
}

/** An answer that says why not. A status of 0 means that there was none: the network or the server is away. */
export class Failure extends Error {
  constructor(
    readonly status: number,
    readonly problem: Partial<Problem>,
    readonly retryAfter = 0,
  ) {
    super(problem.detail ?? problem.title ?? 'failed');
  }
  get word(): string {
    return (this.problem.type ?? '').replace('urn:ticketkit:problem:', '');
  }
  /** What is wrong with an input, by its name. */
  field(name: string): string | undefined {
    return this.problem.errors?.find((e) => e.field === name)?.message;
  }
}

export function url(path: string, params?: Record<string, string | number>, query?: object): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params?.[name] ?? '')));
  const search = new URLSearchParams();
  for (const [k, v] of Object.entries(query ?? {})) if (v !== undefined && v !== '') search.set(k, String(v));
  const tail = search.size > 0 ? '?' + search : '';
  return `${base}/api${filled}${tail}`;
}

/** Where to go when nobody is signed in any more; the page comes back afterwards. */
function signIn(): void {
  location.assign(`${base}/login?${new URLSearchParams({ next: location.pathname.slice(base.length) + location.search })}`);
}

export async function send(input: string, init: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(input, { credentials: 'same-origin', ...init });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new Failure(0, {});
  }
  learnClock(answer.headers.get('Date'));
  if (answer.ok) return answer;
  let problem: Partial<Problem> = {};
  try {
    problem = (await answer.json()) as Problem;
  } catch {
    // a proxy in between answered with something else
  }
  if (answer.status === 401) signIn();
  if (problem.type === 'urn:ticketkit:problem:password_change_required') location.assign(base + '/password');
  throw new Failure(answer.status, problem, Number(answer.headers.get('Retry-After') ?? 0));
}

/** Calls the API. Paths, parameters, bodies and answers have the types of its document. */
export async function call<M extends Method, P extends PathsWith<M>>(method: M, path: P, o: Options<P, M> = {}): Promise<Answer<P, M>> {
  const headers: Record<string, string> = { 'Accept-Language': lang }; // problems speak the language of the page
  if (o.body !== undefined) headers['Content-Type'] = 'application/json';
  if (o.version) headers['If-Match'] = `"${o.version}"`;
  const answer = await send(url(path, o.path as Record<string, string | number> | undefined, o.query as object | undefined), {
    method: method.toUpperCase(),
    headers,
    body: o.body === undefined ? undefined : JSON.stringify(o.body),
    signal: o.signal,
    keepalive: o.keepalive,
  });
  if (answer.status === 204 || !(answer.headers.get('Content-Type') ?? '').includes('json')) return undefined as Answer<P, M>;
  return (await answer.json()) as Answer<P, M>;
}

async function sendFile(to: string, file: File, signal?: AbortSignal): Promise<unknown> {
  const form = new FormData();
  form.append('file', file, file.name || 'file');
  return (await send(to, { method: 'POST', body: form, signal })).json();
}

export const upload = async (ticket: string, file: File, signal?: AbortSignal) => (await sendFile(url('/tickets/{id}/attachments', { id: ticket }), file, signal)) as Schemas['Attachment'];

/** Uploads a picture for the branding, and gives the address at which it is shown. */
export async function uploadImage(file: File): Promise<string> {
  const { id } = (await sendFile(url('/branding/images'), file)) as Schemas['Image'];
  return url('/branding/images/{id}', { id });
}
