/** Follows the reader's light or dark theme. */
export const STYLES = `
:root { color-scheme: light dark; --good: #2c7a4b; --bad: #b3372f; --open: #8a6d1a; --line: #8884; }
@media (prefers-color-scheme: dark) { :root { --good: #6cc48f; --bad: #ef8a82; --open: #d9b95b; } }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2rem; } h3 { font-size: 1rem; }
.verdict { font-size: 1.1rem; font-weight: 600; }
.passed > b, span.passed, .verdict.passed { color: var(--good); }
.failed > b, span.failed, .verdict.failed { color: var(--bad); }
.skipped > b, span.skipped { color: var(--open); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
dt { opacity: .75; } dd { margin: 0; overflow-wrap: anywhere; }
details { border-top: 1px solid var(--line); padding: .4rem 0; }
summary { cursor: pointer; } summary span { font-weight: 600; } small { opacity: .75; }
li { margin: .2rem 0; } li p { margin: 0 0 .3rem; opacity: .8; overflow-wrap: anywhere; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .2rem 1rem .2rem 0; border-top: 1px solid var(--line); }
`;
