// What the shop sells.

export interface Tea {
  readonly id: string
  readonly name: string
  readonly note: string
  /** In cents, for 100 grams. */
  readonly price: number
}

export const teas: readonly Tea[] = [
  { id: 'sencha', name: 'Sencha', note: 'Green, from Shizuoka. Grassy, a little sweet.', price: 1280 },
  { id: 'assam', name: 'Assam', note: 'Black, second flush. Malty; takes milk well.', price: 890 },
  {
    id: 'oolong',
    name: 'Tie Guan Yin',
    note: 'Oolong, lightly roasted. Orchid and warm bread.',
    price: 1650,
  },
  { id: 'silver', name: 'Silver Needle', note: 'White, from Fujian. Melon, honey, very quiet.', price: 2400 },
  { id: 'puerh', name: 'Shou Pu-erh', note: 'Aged six years. Forest floor, dark chocolate.', price: 1420 },
  { id: 'rooibos', name: 'Rooibos', note: 'From the Cederberg. No caffeine, good at night.', price: 640 },
]

const euros = new Intl.NumberFormat('en-IE', { style: 'currency', currency: 'EUR' })

export function priceText(cents: number): string {
  return euros.format(cents / 100)
}
