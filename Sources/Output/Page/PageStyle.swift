/// What the style sheets of all pages have in common: colours, which follow the system, and fonts.
enum PageStyle {
  static let base = """
    :root {
      color-scheme: light dark;
      --ink: #1c1f23; --quiet: #5c6470; --line: #e2e5ea; --paper: #fff; --panel: #f5f6f8;
      --accent: #2f5f96; --warn: #8a4b08; --warn-panel: #fdf3e4;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --ink: #dfe3e8; --quiet: #98a1ad; --line: #2c3138; --paper: #16181b; --panel: #1f2226;
        --accent: #8ab4e8; --warn: #f0bd7d; --warn-panel: #2b2316;
      }
    }
    * { box-sizing: border-box; }
    html {
      background: var(--paper); color: var(--ink);
      font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
      -webkit-text-size-adjust: 100%;
    }
    """
}
