export declare function buildDashboard(node?: string): void
