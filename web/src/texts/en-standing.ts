import { many } from './many.ts';

/** What stands over all requests: the brake, legal holds by scope, restrictions in force. */
export const standing = {
  title: 'Holds and restrictions',
  lead: 'What keeps data where it is, or out of use, whichever request comes.',
  released: 'Show lifted ones too',
  truncated: 'Only the newest thousand are shown.',

  work: {
    runs: 'The work on requests runs',
    runsLead: 'Pausing stops every deletion and export at once. Legal deadlines run on.',
    paused: 'The work on all requests is paused',
    by: (reason: string) => `Reason: ${reason}`,
    pause: 'Pause all work',
    resume: 'Go on',
    title: 'Pause the work on all requests',
    lead: 'No worker gets a task until somebody goes on. The legal deadlines of every request run on, and each request says so.',
    reason: 'Reason',
    reasonHint: 'Each request shows it. No name, address or number of a person.',
  },

  holds: {
    title: 'Legal holds',
    lead: 'A matter, such as a lawsuit, demands that nothing is destroyed. Requests are taken in all the same; erasing and overwriting wait.',
    caption: 'Legal holds',
    place: 'Place a hold',
    none: {
      title: 'Nothing is on hold',
      lead: 'A hold on one request is placed on its page; one on places or people is placed here.',
    },
    columns: { matter: 'Matter', covers: 'Covers', placed: 'Placed', review: 'Review', act: 'Act' },
    covers: {
      everything: 'Everything of everybody',
      person: 'One person, everywhere',
      places: (count: number) => `Everybody, in ${many(count, 'place', 'places')}`,
      personPlaces: (count: number) => `One person, in ${many(count, 'place', 'places')}`,
    },
    lift: 'Lift',
    liftOf: (matter: string) => `Lift the hold for ${matter}`,
    own: 'another person lifts it',
    lifted: 'Lifted',
    dialog: {
      title: 'Place a legal hold',
      lead: 'In force at once, also for erasures under way: what is not destroyed yet stays. Another person than you lifts it.',
      scope: 'What it covers',
      scopes: { places: 'Places', person: 'One person', everything: 'Everything' },
      scopeLeads: {
        places: 'Whatever is at these places, about whomever.',
        person: 'Everything about one person, at all places.',
        everything: 'No request destroys anything while it lasts.',
      },
      nodes: 'Places',
      nodesHint: 'Node ids, one a line; with * at the end everything below, such as store:postgres://db:5432/*.',
      submit: 'Place the hold',
    },
    liftDialog: {
      title: 'Lift this hold',
      lead: 'The matter is closed. What was held is destroyed as its request says, from the next look on.',
      submit: 'Lift the hold',
    },
  },

  restrictions: {
    title: 'Restrictions in force',
    lead: 'Data of these people is kept and not used, or not for these purposes (Art. 18 and 21). They come from requests and end here.',
    caption: 'Restrictions of processing',
    none: {
      title: 'Nobody’s data is restricted',
      lead: 'A restriction begins when a request for one, or an objection, is planned.',
    },
    columns: { request: 'Request', ground: 'Ground', purposes: 'Uses', since: 'Since', act: 'Act' },
    noGround: 'not stated',
    everyUse: 'every use',
    lift: 'Lift',
    liftOf: (id: string) => `Lift the restriction of request ${id}`,
    lifted: (told: string, channel: string) => `Lifted; told on ${told} by ${channel}`,
    dialog: {
      title: 'Lift this restriction',
      lead: 'Only after the person was told (Art. 18(3)). Without the record of that it stays in force.',
      toldOn: 'The person was told on',
      channel: 'How',
      channelHint: 'Letter, account message, portal. No address or number of a person.',
      reason: 'Why it ends',
      reasonHint: 'Such as: accuracy was verified.',
      submit: 'Lift it',
    },
    ofRequest: {
      title: 'Restriction',
      inForce: 'In force since',
      reason: (reason: string) => `Because: ${reason}`,
      marks: 'Marks on the rows of your stores come off by reopening this request with the reason that it was lifted.',
    },
  },
} as const;
