/** Somebody who writes to the support desk. Invented; everybody lives at example.com. */
export interface Person {
  /** How the ledger calls them: no identifier of theirs. */
  readonly key: string;
  readonly customerId: string;
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  /** What they write, in order, and how they are reached: by e-mail or by phone. */
  readonly messages: readonly { readonly by: 'email' | 'phone'; readonly text: string }[];
}

/**
 * Eight people whose data overlaps on purpose: two share a surname and a phone line is one digit from another's, one
 * mentions another by name, and Mara writes once by e-mail and once by phone, so she has two identifiers.
 */
export const PEOPLE: readonly Person[] = [
  person('p1', 'c-1001', 'Mara Lindqvist', 'mara.lindqvist@example.com', '+46701740605', [
    { by: 'email', text: 'My invoice 88 was charged twice, please refund one of them.' },
    { by: 'phone', text: 'I would like to know where my order is.' },
  ]),
  person('p2', 'c-1002', 'Tomas Lindqvist', 'tomas.lindqvist@example.com', '+46701740606', [
    { by: 'email', text: 'Where is my order? It was sent a week ago.' },
  ]),
  person('p3', 'c-1003', 'Aiko Tanaka', 'aiko.tanaka@example.com', '+819012345678', [
    { by: 'email', text: 'Please refund my last invoice.' },
  ]),
  person('p4', 'c-1004', 'Samuel Okafor', 'samuel.okafor@example.com', '+2348031234567', [
    { by: 'phone', text: 'How do I change my delivery address?' },
  ]),
  person('p5', 'c-1005', 'Ines Duarte', 'ines.duarte@example.com', '+351912345678', [
    { by: 'email', text: 'The lamp I bought with my colleague arrived broken.' },
  ]),
  person('p6', 'c-1006', 'Lars Holm', 'lars.holm@example.com', '+4520123456', [
    { by: 'email', text: 'I was charged twice as well, refund please.' },
  ]),
  person('p7', 'c-1007', 'Noor Haddad', 'noor.haddad@example.com', '+33612345678', [
    { by: 'phone', text: 'Where is my parcel?' },
  ]),
  person('p8', 'c-1008', 'Greta Vogel', 'greta.vogel@example.com', '+4915123456789', [
    { by: 'email', text: 'Thank you, all is well now.' },
  ]),
];

/** The person whose data the demo follows, hands over and erases. */
export const MARA = PEOPLE[0] as Person;

function person(
  key: string,
  customerId: string,
  name: string,
  email: string,
  phone: string,
  messages: Person['messages'],
): Person {
  return { key, customerId, name, email, phone, messages };
}
