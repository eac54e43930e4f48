/** The style of a report's page: light or dark as the reader's system is, and for print. */
export const style = `
:root { color-scheme: light dark; --ink: light-dark(#1b1f24, #e6e8eb); --quiet: light-dark(#5b6470, #9aa4af); --line: light-dark(#d8dde3, #333a42);
  --good: light-dark(#2e7d4f, #3f9d68); --warn: light-dark(#b7791f, #d69e3a); --bad: light-dark(#b3362b, #d9594c); --none: light-dark(#e6e9ed, #2a3037); }
body { margin: 0; background: light-dark(#fff, #16191d); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: 2rem 1.5rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; } h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem; } h3 { font-size: .95rem; margin: 1rem 0 .3rem; }
p { margin: .3rem 0 .8rem; color: var(--quiet); max-width: 60rem; }
code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere; }
.facts { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 1rem 0; } .facts dt { color: var(--quiet); font-size: 13px; } .facts dd { margin: 0; font-size: 1.3rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: 13px; } th { text-align: left; color: var(--quiet); font-weight: 500; }
th, td { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; } td { min-width: 5rem; }
.days { list-style: none; display: flex; flex-wrap: wrap; gap: 3px; margin: 0; padding: 0; } .days li { width: 12px; height: 12px; border-radius: 2px; background: var(--none); }
.days span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.days .available { background: var(--good); } .days .partial, .days .pending { background: var(--warn); } .days .missing, .days .lost { background: var(--bad); }
@media print { main { max-width: none; padding: 0; } section { break-inside: avoid-page; } }
`;
