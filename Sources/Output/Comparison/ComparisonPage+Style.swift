extension ComparisonPage {
  static let style = """
    body { margin: 0; height: 100vh; display: flex; flex-direction: column; }
    header, footer { padding: .75rem 1rem; }
    h1 { margin: 0; font-size: 1.2rem; line-height: 1.3; font-weight: 650; overflow-wrap: anywhere; }
    p { margin: .15rem 0 0; color: var(--quiet); font-size: .9rem; }
    fieldset {
      display: flex; flex-wrap: wrap; gap: 0 .8rem; margin: .5rem 0 0; padding: 0; border: 0;
      font-size: .9rem;
    }
    legend { float: left; padding: 0; margin-right: .8rem; color: var(--quiet); }
    label { white-space: nowrap; font-variant-numeric: tabular-nums; }
    main { flex: 1 1 auto; min-height: 20rem; overflow: auto; border-block: 1px solid var(--line); }
    table { border-collapse: separate; border-spacing: 0; }
    th, td { padding: .4rem .6rem; text-align: left; vertical-align: middle; }
    td { border-bottom: 1px solid var(--line); }
    th { position: sticky; background: var(--paper); font-weight: 600; font-size: .9rem; }
    thead th { top: 0; z-index: 1; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
    tbody th {
      left: 0; min-width: 6rem; max-width: 14rem; border-bottom: 1px solid var(--line);
      overflow-wrap: anywhere;
    }
    thead th:first-child { left: 0; z-index: 2; }
    small { display: block; color: var(--quiet); font-size: .8rem; font-weight: 400; }
    td div { display: grid; grid-template-columns: repeat(var(--columns), var(--cell)); gap: 4px; }
    td img { display: block; width: 100%; height: auto; background: var(--panel); }
    footer { padding-block: .4rem; color: var(--quiet); font-size: .8rem; }
    @media (max-width: 36rem) { tbody th { min-width: 5.5rem; max-width: 5.5rem; hyphens: auto; } }
    @media print {
      body { height: auto; display: block; }
      fieldset { display: none; }
      main { overflow: visible; border: 0; }
      th { position: static; }
      tr { break-inside: avoid; }
    }
    """
}
