/** The element with this id, which must be of this kind. */
export function element(id: string): HTMLElement
export function element<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind
export function element(id: string, kind: new () => HTMLElement = HTMLElement): HTMLElement {
  const found = document.getElementById(id)
  if (!(found instanceof kind)) throw new Error(`The page has no ${kind.name} #${id}.`)
  return found
}

export function show(id: string, text: string): void {
  element(id).textContent = text
}

/** Show these lines as the items of a list, or one that says that there are none. */
export function showList(list: HTMLElement, lines: readonly string[], none: string): void {
  const items = (lines.length > 0 ? lines : none ? [none] : []).map((line) => {
    const item = document.createElement('li')
    item.textContent = line
    return item
  })
  list.replaceChildren(...items)
}

/** Do this instead of what the browser does with a form; its buttons are disabled until it is done. */
export function onSubmit(id: string, work: () => Promise<void>): void {
  const form = element(id, HTMLFormElement)
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const buttons = form.querySelectorAll<HTMLButtonElement>('button:not([type=button])')
    buttons.forEach((button) => (button.disabled = true))
    await work().finally(() => buttons.forEach((button) => (button.disabled = false)))
  })
}
