extension JobPage {
  static let style = """
    \(PageStyle.base)
    body { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.25rem 3rem; }
    h1, h2, h3, p, dl, ul, pre, figure { margin: 0; }
    h1 { font-size: 1.75rem; line-height: 1.25; font-weight: 650; overflow-wrap: anywhere; }
    h2 { font-size: 1.05rem; font-weight: 650; margin-bottom: .75rem; }
    h3 { font-size: .9rem; font-weight: 600; color: var(--quiet); margin: 1rem 0 .4rem; }
    .summary { color: var(--quiet); font-size: 1.05rem; margin-top: .35rem; overflow-wrap: anywhere; }
    .notice {
      margin-top: 1rem; padding: .6rem .9rem; border-left: 3px solid var(--warn);
      background: var(--warn-panel); overflow-wrap: anywhere;
    }
    section { margin-top: 2.5rem; padding-top: 1.25rem; border-top: 1px solid var(--line); }
    figure { margin-top: 1.75rem; }
    figure img {
      display: block; max-width: 100%; height: auto; background: #fff;
      border: 1px solid var(--line); border-radius: 4px;
    }
    figcaption, section > p { color: var(--quiet); font-size: .9rem; }
    section > p { margin: 0 0 .75rem; }
    pre + p { margin: .6rem 0 0; }
    .wide { margin: 0; overflow-x: auto; }
    .wide svg, .wide img { display: block; width: 100%; min-width: 44rem; height: auto; }
    .wide + .wide { margin-top: .75rem; }
    dl { font-size: .95rem; }
    dl div {
      display: grid; grid-template-columns: 11rem minmax(0, 1fr); gap: 0 1rem; padding: .2rem 0;
    }
    dt { color: var(--quiet); overflow-wrap: anywhere; }
    dd { margin: 0; overflow-wrap: anywhere; }
    a { color: var(--accent); text-underline-offset: .15em; }
    pre {
      padding: .8rem 1rem; background: var(--panel); border-radius: 4px;
      white-space: pre-wrap; overflow-wrap: anywhere;
      font: .85rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
    }
    code { font: inherit; }
    .classes {
      list-style: none; padding: 0; font-size: .95rem;
      display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .1rem 2rem;
    }
    .classes li { display: flex; gap: .6rem; overflow-wrap: anywhere; min-width: 0; }
    .classes span { color: var(--quiet); min-width: 2.2em; font-variant-numeric: tabular-nums; }
    .classes b { margin-left: auto; font-weight: 500; font-variant-numeric: tabular-nums; white-space: nowrap; }
    footer { margin-top: 3rem; color: var(--quiet); font-size: .85rem; }
    @media (max-width: 36rem) {
      body { padding-top: 1.5rem; }
      dl div { grid-template-columns: minmax(0, 1fr); padding: .35rem 0; }
    }
    @media print {
      :root { --ink: #000; --quiet: #444; --line: #bbb; --paper: #fff; --panel: #f5f6f8; --accent: #000; }
      html { font-size: 11px; }
      body { max-width: none; padding: 0; }
      section { margin-top: 1.5rem; }
      figure, dl div, pre, li { break-inside: avoid; }
      h2, h3 { break-after: avoid; }
      .wide { overflow: visible; }
      .wide svg, .wide img { min-width: 0; }
    }
    """
}
