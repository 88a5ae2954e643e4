// How the reference page looks: in the colours that the reader's system asks for.

export const style = `:root { color-scheme: light dark; --line: light-dark(#d8dce3, #333a45); --quiet: light-dark(#5a6372, #9aa5b5);
  --ground: light-dark(#f5f6f8, #1b2028); --link: light-dark(#0b57c2, #7db4ff); }
* { box-sizing: border-box; }
body { margin: 0; display: grid; grid-template-columns: minmax(16rem, 20rem) minmax(0, 1fr); font: 1rem/1.5 system-ui, sans-serif;
  background: light-dark(#fff, #12161c); color: light-dark(#1a202b, #e6eaf0); }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1rem; border-right: 1px solid var(--line); font-size: .85rem; }
nav p { margin: 1rem 0 .25rem; font-weight: 600; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav a { display: block; padding: .15rem .25rem; overflow-wrap: anywhere; }
main { padding: 1.5rem clamp(1rem, 4vw, 3rem) 6rem; max-width: 60rem; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); } h3 { margin-top: 2rem; overflow-wrap: anywhere; } h4 { margin: 1rem 0 .25rem; }
small, .needs, .type { color: var(--quiet); } .type { margin: .25rem 0; font-size: .85rem; }
b.get { color: light-dark(#0a6b3d, #6fd6a0); } b.post { color: light-dark(#0b57c2, #7db4ff); }
b.patch { color: light-dark(#8a5200, #e6b566); } b.delete { color: light-dark(#b3261e, #ff9b94); }
code, pre { font: .85rem/1.45 ui-monospace, monospace; } code { background: var(--ground); padding: .1rem .25rem; border-radius: .25rem; }
h3 code { font-size: 1.05rem; }
pre { background: var(--ground); padding: .75rem 1rem; overflow: auto; max-height: 24rem; border-radius: .5rem; border: 1px solid var(--line); }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) minmax(0, 1fr); gap: .35rem 1rem; } dt { font-weight: 600; } dd { margin: 0; } dd p { margin: 0 0 .25rem; }
@media (width < 50rem) { body { display: block; } nav { position: static; height: auto; max-height: 40vh; border-right: 0; border-bottom: 1px solid var(--line); } dl { display: block; } dd { margin: 0 0 .5rem 1rem; } }
`
