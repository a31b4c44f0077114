// A front end in one page: sign in, upload a file, send an e-mail, watch it go. Only `signIn` belongs to the local stack.
import { answer, createPlatform, PlatformError, type Schemas } from '../index.ts'
import { element, onSubmit, show, showList } from './elements.ts'

let token: string | null = null
let me: Schemas['Me'] | null = null
const platform = createPlatform({ baseUrl: element('example').dataset['api'] ?? '', token: () => token })
const { api } = platform

const problem = element('problem')
const files = element('files')
const campaign = element('campaign', HTMLSelectElement)
const sender = element('sender', HTMLInputElement)

async function signIn(user: string): Promise<void> {
  const issued = await fetch('/token', { method: 'POST', body: JSON.stringify({ user }) })
  token = (await issued.json()).access_token
  me = await platform.me()
  const { user_name: name, user_type: type } = me.person
  show('signed-in', `Signed in as ${name}, ${type}.`)
  sender.value = `news@${name.toLowerCase().replaceAll(' ', '-')}.example`
  await Promise.all([listFiles(), listCampaigns()])
}

async function listFiles(): Promise<void> {
  const { items } = await answer(api.GET('/files', { params: { query: { scope: 'own', limit: 5 } } }))
  const lines = items.map(({ file_name: name, file_size: size }) => `${name}, ${size.toLocaleString('en')} bytes`)
  showList(files, lines, 'There are no files yet. Upload one.')
}

/** Those in which the account may send; a brand may also make one. */
async function listCampaigns(): Promise<void> {
  const { items } = await answer(api.GET('/campaigns', { params: { query: { limit: 20 } } }))
  const active = items.filter((each) => 'status' in each && each.status === 'active')
  const options = active.map(({ campaign_id: id, campaign_name: name }) => new Option(name, id))
  if (me?.person.user_type === 'brand') options.push(new Option('A new campaign', ''))
  else if (options.length === 0) options.push(new Option('None: join a campaign first', ''))
  campaign.replaceChildren(...options)
}

async function upload(file: File): Promise<void> {
  const [bar, stop] = [element('upload-bar', HTMLProgressElement), element('stop', HTMLButtonElement)]
  const stopped = new AbortController()
  stop.onclick = () => stopped.abort()
  bar.hidden = stop.hidden = false
  const onProgress = ({ phase, bytes, size }: { phase: string; bytes: number; size: number }) => {
    bar.value = bytes / size
    show('uploaded', `${file.name}: ${phase}, ${Math.round((100 * bytes) / size)} %`)
  }
  try {
    const { file_id: id } = await platform.upload(file, { onProgress, signal: stopped.signal })
    show('uploaded', `${file.name} was verified, and is file ${id}.`)
  } catch (error) {
    if (!stopped.signal.aborted) throw error
    show('uploaded', `${file.name} was stopped. Upload it again: it goes on.`)
  } finally {
    bar.hidden = stop.hidden = true
    await listFiles()
  }
}

async function newCampaign(): Promise<string> {
  const body = { campaign_name: `Example of ${new Date().toLocaleString('en')}` }
  const { campaign_id: id } = await answer(api.POST('/campaigns', { body }))
  const params = { path: { campaign_id: id } }
  await answer(api.POST('/campaigns/{campaign_id}/status', { params, body: { status: 'active' } }))
  return id
}

async function send(recipients: string[]): Promise<void> {
  const identity = sender.value.split('@')[1] ?? ''
  await answer(api.POST('/sender-identities', { body: { identity } }))
  const draft = await answer(
    api.POST('/email-campaigns', {
      body: {
        campaign_id: campaign.value || (await newCampaign()),
        sender_email: sender.value,
        email_subject: element('subject', HTMLInputElement).value,
        email_content: element('message', HTMLTextAreaElement).value,
      },
    }),
  )
  const params = { path: { email_campaign_id: draft.email_campaign_id } }
  const list = recipients.map((email) => ({ email, name: email.split('@')[0] ?? '' }))
  await answer(
    api.POST('/email-campaigns/{email_campaign_id}/send', {
      params,
      body: { audience: { source: 'list', recipients: list } },
    }),
  )
  await platform.watchSend(draft.email_campaign_id, { every: 0.5, onProgress: showProgress })
}

function showProgress({ summary, counts, recipient_count: all }: Schemas['Progress']): void {
  const bar = element('send-bar', HTMLProgressElement)
  const waiting = (counts.pending ?? 0) + (counts.sending ?? 0)
  bar.hidden = false
  bar.value = all === 0 ? 0 : 1 - waiting / all
  show('sent', `${all} recipients: ${summary}.`)
  showList(element('counts'), Object.entries(counts).filter(([, n]) => n).map(([status, n]) => `${status}: ${n}`), '')
}

/** Does the work, and shows what went wrong as the platform says it. */
async function attempt(work: Promise<void>): Promise<void> {
  problem.hidden = true
  try {
    await work
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error
    const fields = error.fields.map(({ field, problem: rule }) => `${field}: ${rule}`).join('; ')
    problem.textContent = `${fields || error.message} (${error.code}${error.requestId ? `, ${error.requestId}` : ''})`
    problem.hidden = false
  }
}

async function start(): Promise<void> {
  const person = element('person', HTMLSelectElement)
  for (const { key, user_name: name } of await (await fetch('/users')).json()) person.add(new Option(name, key))
  onSubmit('sign-in', () => attempt(signIn(person.value)))
  onSubmit('upload', async () => {
    for (const file of element('file', HTMLInputElement).files ?? []) await attempt(upload(file))
  })
  onSubmit('send', () => attempt(send(element('recipients', HTMLTextAreaElement).value.split(/\s+/).filter(Boolean))))
}

await start()
