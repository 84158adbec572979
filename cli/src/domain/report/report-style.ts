/** Of the report's page. It asks for nothing from elsewhere: fonts are those of the reader's system. */
export const reportStyle = `
:root { color-scheme: light dark; --page: #ffffff; --ink: #1b1f24; --soft: #57606a; --rule: #d4d9df; --grid: #e6e9ed;
  --panel: #f6f8fa; --canary: #b3460b; --control: #1f5fa8; --good: #1a6b34; --bad: #b3202c; --open: #7a5a00; }
@media (prefers-color-scheme: dark) {
  :root { --page: #14171b; --ink: #e6e9ed; --soft: #a3acb6; --rule: #39414a; --grid: #2a3037; --panel: #1c2127;
    --canary: #ff9d5c; --control: #7fb5f5; --good: #6cc98a; --bad: #ff8a8f; --open: #e3b341; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; padding-bottom: .25rem; border-bottom: 1px solid var(--rule); }
h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
figcaption h3 { margin: 0; }
p { margin: .4rem 0; overflow-wrap: anywhere; }
.status { display: inline-block; padding: .1rem .6rem; border: 1.5px solid currentColor; border-radius: 1rem; font-weight: 600; }
.good { color: var(--good); } .bad { color: var(--bad); } .open { color: var(--open); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .75rem 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.note { color: var(--soft); font-size: .86rem; }
.missing { color: var(--soft); font-style: italic; }
ul.missing { padding-left: 1.2rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 1rem; }
figure { margin: 0; padding: .75rem; background: var(--panel); border: 1px solid var(--rule); border-radius: 6px; break-inside: avoid; }
.plot { display: block; width: 100%; height: auto; }
svg text { font: 12px system-ui, sans-serif; fill: var(--soft); }
svg .unit, svg .mark-label { fill: var(--ink); }
.grid { stroke: var(--grid); } .axis { stroke: var(--soft); } .mark { stroke: var(--ink); stroke-dasharray: 2 3; opacity: .7; }
.canary { --colour: var(--canary); } .control { --colour: var(--control); }
.line { fill: none; stroke: var(--colour); stroke-width: 2; } .control .line { stroke-dasharray: 6 3; }
.band { fill: var(--colour); opacity: .15; } .dot { fill: var(--colour); } .control .dot { fill: var(--page); stroke: var(--colour); stroke-width: 1.4; }
.legend { list-style: none; margin: .25rem 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0 1.25rem; font-size: .86rem; }
.key { display: inline-block; width: 1.6rem; margin-right: .4rem; vertical-align: middle; border-top: 3px solid var(--colour); }
.control .key { border-top-style: dashed; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .86rem; }
th { text-align: left; color: var(--soft); font-weight: 600; font-size: .75rem; white-space: nowrap; }
th, td { padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
td { overflow-wrap: break-word; } td:last-child { overflow-wrap: anywhere; min-width: 7rem; }
.timeline td:first-child { white-space: nowrap; }
.strip { width: 10rem; height: 1.4rem; } .zero { stroke: var(--soft); } .interval { stroke: var(--ink); stroke-width: 2.5; }
.effect { fill: var(--canary); stroke: var(--page); }
@media print {
  :root { color-scheme: light; --page: #ffffff; --ink: #000000; --soft: #444444; --rule: #bbbbbb; --grid: #dddddd; --panel: #ffffff;
    --canary: #b3460b; --control: #1f5fa8; --good: #1a6b34; --bad: #b3202c; --open: #7a5a00; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .band, .dot, .line, .interval { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .figures { grid-template-columns: 1fr 1fr; } tr { break-inside: avoid; } h2, h3 { break-after: avoid; } .wide { overflow: visible; }
}
`;
