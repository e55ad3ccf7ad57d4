//! Which clock countries and their states go by, from the tz database's zone.tab (public domain).

use chrono_tz::Tz;

/// Countries whose clocks all agree, and those where nearly everybody lives by the clock named here.
#[rustfmt::skip]
pub(super) const COUNTRIES: [(&str, Tz); 238] = [
    ("AD", Tz::Europe__Andorra), ("AE", Tz::Asia__Dubai), ("AF", Tz::Asia__Kabul), ("AG", Tz::America__Antigua),
    ("AI", Tz::America__Anguilla), ("AL", Tz::Europe__Tirane), ("AM", Tz::Asia__Yerevan), ("AO", Tz::Africa__Luanda),
    ("AR", Tz::America__Argentina__Buenos_Aires), ("AS", Tz::Pacific__Pago_Pago), ("AT", Tz::Europe__Vienna),
    ("AW", Tz::America__Aruba), ("AX", Tz::Europe__Mariehamn), ("AZ", Tz::Asia__Baku), ("BA", Tz::Europe__Sarajevo),
    ("BB", Tz::America__Barbados), ("BD", Tz::Asia__Dhaka), ("BE", Tz::Europe__Brussels), ("BF", Tz::Africa__Ouagadougou),
    ("BG", Tz::Europe__Sofia), ("BH", Tz::Asia__Bahrain), ("BI", Tz::Africa__Bujumbura), ("BJ", Tz::Africa__PortoNovo),
    ("BL", Tz::America__St_Barthelemy), ("BM", Tz::Atlantic__Bermuda), ("BN", Tz::Asia__Brunei), ("BO", Tz::America__La_Paz),
    ("BQ", Tz::America__Kralendijk), ("BS", Tz::America__Nassau), ("BT", Tz::Asia__Thimphu), ("BW", Tz::Africa__Gaborone),
    ("BY", Tz::Europe__Minsk), ("BZ", Tz::America__Belize), ("CC", Tz::Indian__Cocos), ("CF", Tz::Africa__Bangui),
    ("CG", Tz::Africa__Brazzaville), ("CH", Tz::Europe__Zurich), ("CI", Tz::Africa__Abidjan), ("CK", Tz::Pacific__Rarotonga),
    ("CL", Tz::America__Santiago), ("CM", Tz::Africa__Douala), ("CN", Tz::Asia__Shanghai), ("CO", Tz::America__Bogota),
    ("CR", Tz::America__Costa_Rica), ("CU", Tz::America__Havana), ("CV", Tz::Atlantic__Cape_Verde),
    ("CW", Tz::America__Curacao), ("CX", Tz::Indian__Christmas), ("CY", Tz::Asia__Nicosia), ("CZ", Tz::Europe__Prague),
    ("DE", Tz::Europe__Berlin), ("DJ", Tz::Africa__Djibouti), ("DK", Tz::Europe__Copenhagen), ("DM", Tz::America__Dominica),
    ("DO", Tz::America__Santo_Domingo), ("DZ", Tz::Africa__Algiers), ("EC", Tz::America__Guayaquil),
    ("EE", Tz::Europe__Tallinn), ("EG", Tz::Africa__Cairo), ("EH", Tz::Africa__El_Aaiun), ("ER", Tz::Africa__Asmara),
    ("ES", Tz::Europe__Madrid), ("ET", Tz::Africa__Addis_Ababa), ("FI", Tz::Europe__Helsinki), ("FJ", Tz::Pacific__Fiji),
    ("FK", Tz::Atlantic__Stanley), ("FM", Tz::Pacific__Pohnpei), ("FO", Tz::Atlantic__Faroe), ("FR", Tz::Europe__Paris),
    ("GA", Tz::Africa__Libreville), ("GB", Tz::Europe__London), ("GD", Tz::America__Grenada), ("GE", Tz::Asia__Tbilisi),
    ("GF", Tz::America__Cayenne), ("GG", Tz::Europe__Guernsey), ("GH", Tz::Africa__Accra), ("GI", Tz::Europe__Gibraltar),
    ("GL", Tz::America__Nuuk), ("GM", Tz::Africa__Banjul), ("GN", Tz::Africa__Conakry), ("GP", Tz::America__Guadeloupe),
    ("GQ", Tz::Africa__Malabo), ("GR", Tz::Europe__Athens), ("GS", Tz::Atlantic__South_Georgia),
    ("GT", Tz::America__Guatemala), ("GU", Tz::Pacific__Guam), ("GW", Tz::Africa__Bissau), ("GY", Tz::America__Guyana),
    ("HK", Tz::Asia__Hong_Kong), ("HN", Tz::America__Tegucigalpa), ("HR", Tz::Europe__Zagreb),
    ("HT", Tz::America__PortauPrince), ("HU", Tz::Europe__Budapest), ("IE", Tz::Europe__Dublin), ("IL", Tz::Asia__Jerusalem),
    ("IM", Tz::Europe__Isle_of_Man), ("IN", Tz::Asia__Kolkata), ("IO", Tz::Indian__Chagos), ("IQ", Tz::Asia__Baghdad),
    ("IR", Tz::Asia__Tehran), ("IS", Tz::Atlantic__Reykjavik), ("IT", Tz::Europe__Rome), ("JE", Tz::Europe__Jersey),
    ("JM", Tz::America__Jamaica), ("JO", Tz::Asia__Amman), ("JP", Tz::Asia__Tokyo), ("KE", Tz::Africa__Nairobi),
    ("KG", Tz::Asia__Bishkek), ("KH", Tz::Asia__Phnom_Penh), ("KI", Tz::Pacific__Tarawa), ("KM", Tz::Indian__Comoro),
    ("KN", Tz::America__St_Kitts), ("KP", Tz::Asia__Pyongyang), ("KR", Tz::Asia__Seoul), ("KW", Tz::Asia__Kuwait),
    ("KY", Tz::America__Cayman), ("KZ", Tz::Asia__Almaty), ("LA", Tz::Asia__Vientiane), ("LB", Tz::Asia__Beirut),
    ("LC", Tz::America__St_Lucia), ("LI", Tz::Europe__Vaduz), ("LK", Tz::Asia__Colombo), ("LR", Tz::Africa__Monrovia),
    ("LS", Tz::Africa__Maseru), ("LT", Tz::Europe__Vilnius), ("LU", Tz::Europe__Luxembourg), ("LV", Tz::Europe__Riga),
    ("LY", Tz::Africa__Tripoli), ("MA", Tz::Africa__Casablanca), ("MC", Tz::Europe__Monaco), ("MD", Tz::Europe__Chisinau),
    ("ME", Tz::Europe__Podgorica), ("MF", Tz::America__Marigot), ("MG", Tz::Indian__Antananarivo),
    ("MH", Tz::Pacific__Majuro), ("MK", Tz::Europe__Skopje), ("ML", Tz::Africa__Bamako), ("MM", Tz::Asia__Yangon),
    ("MN", Tz::Asia__Ulaanbaatar), ("MO", Tz::Asia__Macau), ("MP", Tz::Pacific__Saipan), ("MQ", Tz::America__Martinique),
    ("MR", Tz::Africa__Nouakchott), ("MS", Tz::America__Montserrat), ("MT", Tz::Europe__Malta), ("MU", Tz::Indian__Mauritius),
    ("MV", Tz::Indian__Maldives), ("MW", Tz::Africa__Blantyre), ("MY", Tz::Asia__Kuala_Lumpur), ("MZ", Tz::Africa__Maputo),
    ("NA", Tz::Africa__Windhoek), ("NC", Tz::Pacific__Noumea), ("NE", Tz::Africa__Niamey), ("NF", Tz::Pacific__Norfolk),
    ("NG", Tz::Africa__Lagos), ("NI", Tz::America__Managua), ("NL", Tz::Europe__Amsterdam), ("NO", Tz::Europe__Oslo),
    ("NP", Tz::Asia__Kathmandu), ("NR", Tz::Pacific__Nauru), ("NU", Tz::Pacific__Niue), ("NZ", Tz::Pacific__Auckland),
    ("OM", Tz::Asia__Muscat), ("PA", Tz::America__Panama), ("PE", Tz::America__Lima), ("PF", Tz::Pacific__Tahiti),
    ("PG", Tz::Pacific__Port_Moresby), ("PH", Tz::Asia__Manila), ("PK", Tz::Asia__Karachi), ("PL", Tz::Europe__Warsaw),
    ("PM", Tz::America__Miquelon), ("PN", Tz::Pacific__Pitcairn), ("PR", Tz::America__Puerto_Rico), ("PS", Tz::Asia__Gaza),
    ("PT", Tz::Europe__Lisbon), ("PW", Tz::Pacific__Palau), ("PY", Tz::America__Asuncion), ("QA", Tz::Asia__Qatar),
    ("RE", Tz::Indian__Reunion), ("RO", Tz::Europe__Bucharest), ("RS", Tz::Europe__Belgrade), ("RW", Tz::Africa__Kigali),
    ("SA", Tz::Asia__Riyadh), ("SB", Tz::Pacific__Guadalcanal), ("SC", Tz::Indian__Mahe), ("SD", Tz::Africa__Khartoum),
    ("SE", Tz::Europe__Stockholm), ("SG", Tz::Asia__Singapore), ("SH", Tz::Atlantic__St_Helena),
    ("SI", Tz::Europe__Ljubljana), ("SJ", Tz::Arctic__Longyearbyen), ("SK", Tz::Europe__Bratislava),
    ("SL", Tz::Africa__Freetown), ("SM", Tz::Europe__San_Marino), ("SN", Tz::Africa__Dakar), ("SO", Tz::Africa__Mogadishu),
    ("SR", Tz::America__Paramaribo), ("SS", Tz::Africa__Juba), ("ST", Tz::Africa__Sao_Tome), ("SV", Tz::America__El_Salvador),
    ("SX", Tz::America__Lower_Princes), ("SY", Tz::Asia__Damascus), ("SZ", Tz::Africa__Mbabane),
    ("TC", Tz::America__Grand_Turk), ("TD", Tz::Africa__Ndjamena), ("TF", Tz::Indian__Kerguelen), ("TG", Tz::Africa__Lome),
    ("TH", Tz::Asia__Bangkok), ("TJ", Tz::Asia__Dushanbe), ("TK", Tz::Pacific__Fakaofo), ("TL", Tz::Asia__Dili),
    ("TM", Tz::Asia__Ashgabat), ("TN", Tz::Africa__Tunis), ("TO", Tz::Pacific__Tongatapu), ("TR", Tz::Europe__Istanbul),
    ("TT", Tz::America__Port_of_Spain), ("TV", Tz::Pacific__Funafuti), ("TW", Tz::Asia__Taipei),
    ("TZ", Tz::Africa__Dar_es_Salaam), ("UA", Tz::Europe__Kyiv), ("UG", Tz::Africa__Kampala), ("UY", Tz::America__Montevideo),
    ("UZ", Tz::Asia__Samarkand), ("VA", Tz::Europe__Vatican), ("VC", Tz::America__St_Vincent), ("VE", Tz::America__Caracas),
    ("VG", Tz::America__Tortola), ("VI", Tz::America__St_Thomas), ("VN", Tz::Asia__Ho_Chi_Minh), ("VU", Tz::Pacific__Efate),
    ("WF", Tz::Pacific__Wallis), ("WS", Tz::Pacific__Apia), ("XK", Tz::Europe__Belgrade), ("YE", Tz::Asia__Aden),
    ("YT", Tz::Indian__Mayotte), ("ZA", Tz::Africa__Johannesburg), ("ZM", Tz::Africa__Lusaka), ("ZW", Tz::Africa__Harare),
];

/// The states of other countries: each with its code and names, folded as [`super::zone`] folds. A state with several clocks has
/// that of most of its people.
#[rustfmt::skip]
pub(super) const STATES: [(&str, Tz, &str); 54] = [
    ("US", Tz::America__New_York, "ct|connecticut;dc|district columbia|washington dc;de|delaware;fl|florida;ga|georgia;\
        in|indiana;ky|kentucky;ma|massachusetts;md|maryland;me|maine;mi|michigan;nc|north carolina;nh|new hampshire;\
        nj|new jersey;ny|new york;oh|ohio;pa|pennsylvania;ri|rhode island;sc|south carolina;va|virginia;vt|vermont;\
        wv|west virginia"),
    ("US", Tz::America__Chicago, "al|alabama;ar|arkansas;ia|iowa;il|illinois;ks|kansas;la|louisiana;mn|minnesota;\
        mo|missouri;ms|mississippi;nd|north dakota;ne|nebraska;ok|oklahoma;sd|south dakota;tn|tennessee;tx|texas;\
        wi|wisconsin"),
    ("US", Tz::America__Denver, "co|colorado;id|idaho;mt|montana;nm|new mexico;ut|utah;wy|wyoming"),
    ("US", Tz::America__Phoenix, "az|arizona"),
    ("US", Tz::America__Los_Angeles, "ca|california;nv|nevada;or|oregon;wa|washington"),
    ("US", Tz::America__Anchorage, "ak|alaska"),
    ("US", Tz::Pacific__Honolulu, "hi|hawaii"),
    ("US", Tz::America__Puerto_Rico, "pr|puerto rico;vi|virgin islands|us virgin islands"),
    ("US", Tz::Pacific__Guam, "gu|guam;mp|northern mariana islands"),
    ("US", Tz::Pacific__Pago_Pago, "as|american samoa"),
    ("CA", Tz::America__St_Johns, "nl|newfoundland and labrador|newfoundland"),
    ("CA", Tz::America__Halifax, "ns|nova scotia;nb|new brunswick;pe|pei|prince edward island"),
    ("CA", Tz::America__Toronto, "on|ontario;qc|quebec;nu|nunavut"),
    ("CA", Tz::America__Winnipeg, "mb|manitoba"),
    ("CA", Tz::America__Regina, "sk|saskatchewan"),
    ("CA", Tz::America__Edmonton, "ab|alberta;nt|northwest territories"),
    ("CA", Tz::America__Vancouver, "bc|british columbia"),
    ("CA", Tz::America__Whitehorse, "yt|yukon"),
    ("AU", Tz::Australia__Sydney, "nsw|new south wales;act|australian capital territory"),
    ("AU", Tz::Australia__Melbourne, "vic|victoria"),
    ("AU", Tz::Australia__Hobart, "tas|tasmania"),
    ("AU", Tz::Australia__Brisbane, "qld|queensland"),
    ("AU", Tz::Australia__Adelaide, "sa|south australia"),
    ("AU", Tz::Australia__Darwin, "nt|northern territory"),
    ("AU", Tz::Australia__Perth, "wa|western australia"),
    ("BR", Tz::America__Sao_Paulo, "al|alagoas;ap|amapa;ba|bahia;ce|ceara;df|distrito federal|federal district;\
        es|espirito santo;go|goias;ma|maranhao;mg|minas gerais;pa|para;pb|paraiba;pe|pernambuco;pi|piaui;pr|parana;\
        rj|rio de janeiro;rn|rio grande do norte;rs|rio grande do sul;sc|santa catarina;se|sergipe;sp|sao paulo;\
        to|tocantins"),
    ("BR", Tz::America__Manaus, "am|amazonas;ms|mato grosso do sul;mt|mato grosso;ro|rondonia;rr|roraima"),
    ("BR", Tz::America__Rio_Branco, "ac|acre"),
    ("MX", Tz::America__Mexico_City, "agu|aguascalientes;cam|campeche;chp|chiapas;chh|chihuahua;\
        cmx|cdmx|ciudad de mexico|mexico city|distrito federal;coa|coahuila|coahuila de zaragoza;col|colima;dur|durango;\
        gua|guanajuato;gro|guerrero;hid|hidalgo;jal|jalisco;mex|mexico|de mexico|edomex;mic|michoacan|michoacan de ocampo;\
        mor|morelos;nle|nuevo leon;oax|oaxaca;pue|puebla;que|queretaro;slp|san luis potosi;tab|tabasco;tam|tamaulipas;\
        tla|tlaxcala;ver|veracruz|veracruz de ignacio llave;yuc|yucatan;zac|zacatecas"),
    ("MX", Tz::America__Cancun, "roo|quintana roo"),
    ("MX", Tz::America__Mazatlan, "bcs|baja california sur;nay|nayarit;sin|sinaloa"),
    ("MX", Tz::America__Hermosillo, "son|sonora"),
    ("MX", Tz::America__Tijuana, "bcn|bc|baja california"),
    ("ID", Tz::Asia__Jakarta, "jakarta|dki jakarta|special capital jakarta;banten;west java|jawa barat;\
        central java|jawa tengah;east java|jawa timur;yogyakarta|di yogyakarta;aceh;north sumatra|sumatera utara;\
        west sumatra|sumatera barat;south sumatra|sumatera selatan;riau;riau islands|kepulauan riau;jambi;bengkulu;lampung;\
        bangka belitung|bangka belitung islands|kepulauan bangka belitung;west kalimantan|kalimantan barat;\
        central kalimantan|kalimantan tengah"),
    ("ID", Tz::Asia__Makassar, "bali;west nusa tenggara|nusa tenggara barat;east nusa tenggara|nusa tenggara timur;\
        south kalimantan|kalimantan selatan;east kalimantan|kalimantan timur;north kalimantan|kalimantan utara;\
        north sulawesi|sulawesi utara;central sulawesi|sulawesi tengah;south sulawesi|sulawesi selatan;\
        southeast sulawesi|sulawesi tenggara;west sulawesi|sulawesi barat;gorontalo"),
    ("ID", Tz::Asia__Jayapura, "maluku;north maluku|maluku utara;papua;west papua|papua barat;\
        southwest papua|papua barat daya;south papua|papua selatan;central papua|papua tengah;\
        highland papua|papua pegunungan"),
    ("RU", Tz::Europe__Kaliningrad, "kaliningrad"),
    ("RU", Tz::Europe__Moscow, "moscow|moscow city|moskva;st petersburg|sankt peterburg;leningrad;adygea;arkhangelsk;\
        belgorod;bryansk;chechnya|chechen;chuvashia|chuvash;crimea;dagestan;ingushetia;ivanovo;\
        kabardino balkaria|kabardino balkar;kalmykia;kaluga;karachay cherkessia|karachay cherkess;karelia;kirov;komi;\
        kostroma;krasnodar;kursk;lipetsk;mari el;mordovia;murmansk;nenets;nizhny novgorod;\
        north ossetia|north ossetia alania;novgorod;oryol|orel;penza;pskov;rostov;ryazan;smolensk;stavropol;tambov;\
        tatarstan;tula;tver;vladimir;volgograd;vologda;voronezh;yaroslavl;sevastopol"),
    ("RU", Tz::Europe__Samara, "samara;udmurtia|udmurt;astrakhan;saratov;ulyanovsk"),
    ("RU", Tz::Asia__Yekaterinburg, "sverdlovsk;chelyabinsk;perm;bashkortostan;orenburg;kurgan;tyumen;\
        khanty mansi|khanty mansi yugra;yamalo nenets;yamal nenets"),
    ("RU", Tz::Asia__Omsk, "omsk"),
    ("RU", Tz::Asia__Krasnoyarsk, "krasnoyarsk;novosibirsk;tomsk;kemerovo;altai;khakassia;tuva|tyva"),
    ("RU", Tz::Asia__Irkutsk, "irkutsk;buryatia"),
    ("RU", Tz::Asia__Yakutsk, "sakha|yakutia|sakha yakutia;amur;zabaykalsky|zabaikalsky|chita"),
    ("RU", Tz::Asia__Vladivostok, "primorsky|primorye;khabarovsk;jewish"),
    ("RU", Tz::Asia__Magadan, "magadan;sakhalin"),
    ("RU", Tz::Asia__Kamchatka, "kamchatka;chukotka"),
    ("ES", Tz::Atlantic__Canary, "canarias|canary islands;las palmas;santa cruz de tenerife"),
    ("PT", Tz::Atlantic__Azores, "azores|acores"),
    ("CL", Tz::America__Punta_Arenas, "magallanes"),
    ("EC", Tz::Pacific__Galapagos, "galapagos"),
    ("NZ", Tz::Pacific__Chatham, "chatham islands"),
    ("CD", Tz::Africa__Kinshasa, "kinshasa;kongo central;kwango;kwilu;mai ndombe;equateur;mongala;nord ubangi;sud ubangi;\
        tshuapa"),
    ("CD", Tz::Africa__Lubumbashi, "haut katanga;haut lomami;haut uele;bas uele;ituri;kasai;kasai central;kasai oriental;\
        lomami;lualaba;maniema;nord kivu|north kivu;sankuru;sud kivu|south kivu;tanganyika;tshopo"),
];
