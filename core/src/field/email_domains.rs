//! Domains that tell nothing about a company: free mail and throw-away mail. For the edge; the browser has no use for them.

/// Whether anybody can have an address in this domain, so that sharing it links nobody (spec D1, C2).
///
/// `domain` is [`super::EmailAddress::domain`]: ASCII, lower case.
#[must_use]
pub fn is_free_mail(domain: &str) -> bool {
    FREE.binary_search(&domain).is_ok()
}

/// Whether the domain, or one above it, gives out addresses that are thrown away after minutes.
///
/// `domain` is [`super::EmailAddress::domain`]: ASCII, lower case.
#[must_use]
pub fn is_disposable(domain: &str) -> bool {
    let mut rest = Some(domain);
    while let Some(domain) = rest {
        if DISPOSABLE.binary_search(&domain).is_ok() {
            return true;
        }
        rest = domain.split_once('.').map(|(_, above)| above);
    }
    false
}

#[rustfmt::skip]
const FREE: &[&str] = &[
    "126.com", "139.com", "163.com", "189.cn", "abv.bg", "aim.com", "alice.it", "aliyun.com", "aol.co.uk", "aol.com",
    "arcor.de", "att.net", "bbox.fr", "bellsouth.net", "bigpond.com", "bk.ru", "bol.com.br", "btinternet.com",
    "centrum.cz", "charter.net", "comcast.net", "cox.net", "daum.net", "docomo.ne.jp", "earthlink.net", "email.com",
    "ezweb.ne.jp", "fastmail.com", "fastmail.fm", "foxmail.com", "free.fr", "freenet.de", "gmail.com", "gmx.at",
    "gmx.ch", "gmx.com", "gmx.de", "gmx.net", "gmx.us", "googlemail.com", "hanmail.net", "hey.com", "home.nl",
    "hotmail.be", "hotmail.co.uk", "hotmail.com", "hotmail.de", "hotmail.es", "hotmail.fr", "hotmail.it", "hotmail.nl",
    "hushmail.com", "i.ua", "icloud.com", "ig.com.br", "in.com", "inbox.com", "inbox.ru", "indiatimes.com",
    "interia.pl", "juno.com", "kpnmail.nl", "laposte.net", "libero.it", "list.ru", "live.co.uk", "live.com",
    "live.com.au", "live.fr", "live.in", "live.nl", "lycos.com", "mac.com", "mail.com", "mail.ru", "mailfence.com",
    "me.com", "msn.com", "nate.com", "naver.com", "neuf.fr", "ntlworld.com", "o2.pl", "onet.pl", "op.pl",
    "optonline.net", "optusnet.com.au", "orange.fr", "outlook.com", "outlook.de", "outlook.es", "outlook.fr",
    "outlook.in", "outlook.it", "passport.com", "planet.nl", "pm.me", "post.cz", "proton.me", "protonmail.ch",
    "protonmail.com", "qq.com", "rambler.ru", "rediff.com", "rediffmail.com", "rocketmail.com", "rogers.com",
    "runbox.com", "sbcglobal.net", "seznam.cz", "sfr.fr", "shaw.ca", "sify.com", "sina.cn", "sina.com", "sky.com",
    "skynet.be", "softbank.ne.jp", "sohu.com", "sympatico.ca", "t-online.de", "talktalk.net", "telenet.be",
    "terra.com.br", "tiscali.it", "tuta.com", "tuta.io", "tutanota.com", "tutanota.de", "ukr.net", "uol.com.br",
    "usa.com", "verizon.net", "virgilio.it", "virginmedia.com", "walla.co.il", "walla.com", "wanadoo.fr", "web.de",
    "wp.pl", "xtra.co.nz", "ya.ru", "yahoo.ca", "yahoo.co.in", "yahoo.co.jp", "yahoo.co.uk", "yahoo.com",
    "yahoo.com.au", "yahoo.com.br", "yahoo.com.sg", "yahoo.de", "yahoo.es", "yahoo.fr", "yahoo.in", "yahoo.it",
    "yandex.com", "yandex.ru", "yeah.net", "ymail.com", "ziggo.nl", "zoho.com", "zohomail.com", "zohomail.in",
];

#[rustfmt::skip]
const DISPOSABLE: &[&str] = &[
    "10minutemail.com", "10minutemail.net", "10minutemail.org", "20minutemail.com", "20minutemail.it", "33mail.com",
    "anonbox.net", "anonymbox.com", "antispam.de", "armyspy.com", "binkmail.com", "bobmail.info", "bugmenot.com",
    "burnermail.io", "byom.de", "cuvox.de", "dayrep.com", "deadaddress.com", "despam.it", "discard.email",
    "discardmail.com", "discardmail.de", "disposableaddress.com", "disposableemailaddresses.com", "disposablemail.com",
    "dispostable.com", "dodgit.com", "dropmail.me", "e4ward.com", "einrot.com", "emailondeck.com", "emailsensei.com",
    "emailtemporanea.com", "emailwarden.com", "emltmp.com", "fakeinbox.com", "fakemail.net", "fakemailgenerator.com",
    "fleckens.hu", "getairmail.com", "getnada.com", "gishpuppy.com", "grr.la", "guerrillamail.biz", "guerrillamail.com",
    "guerrillamail.de", "guerrillamail.info", "guerrillamail.net", "guerrillamail.org", "guerrillamailblock.com",
    "gustr.com", "harakirimail.com", "inboxbear.com", "inboxkitten.com", "incognitomail.com", "incognitomail.org",
    "jetable.com", "jetable.net", "jetable.org", "jourrapide.com", "kasmail.com", "klzlk.com", "letthemeatspam.com",
    "mail-temp.com", "mail-temporaire.fr", "mailcatch.com", "maildrop.cc", "maileater.com", "mailexpire.com",
    "mailforspam.com", "mailinator.com", "mailinator.net", "mailinator.org", "mailinator2.com", "mailmetrash.com",
    "mailmoat.com", "mailnator.com", "mailnesia.com", "mailnull.com", "mailpoof.com", "mailsac.com", "mailshell.com",
    "mailtemp.info", "mailtothis.com", "mailzilla.com", "meltmail.com", "mintemail.com", "minutemail.com", "moakt.cc",
    "moakt.com", "mohmal.com", "mt2015.com", "mvrht.com", "mytemp.email", "mytrashmail.com", "nada.email", "no-spam.ws",
    "nospam.ze.tc", "nowmymail.com", "objectmail.com", "onewaymail.com", "owlymail.com", "pokemail.net", "proxymail.eu",
    "rcpt.at", "reallymymail.com", "rhyta.com", "safetymail.info", "sharklasers.com", "shieldemail.com",
    "sneakemail.com", "sogetthis.com", "spam4.me", "spamavert.com", "spambog.com", "spambog.de", "spambox.us",
    "spamcannon.com", "spamday.com", "spamex.com", "spamfree24.org", "spamgourmet.com", "spamherelots.com",
    "spamhole.com", "spamify.com", "spaml.com", "spammotel.com", "spamspot.com", "superrito.com", "suremail.info",
    "teleworm.us", "temp-mail.io", "temp-mail.org", "temp-mail.ru", "tempail.com", "tempemail.com", "tempemail.net",
    "tempinbox.com", "tempmail.com", "tempmail.de", "tempmail.net", "tempmail.plus", "tempmailaddress.com",
    "tempmailo.com", "tempomail.fr", "temporarily.de", "temporaryemail.net", "temporaryforwarding.com",
    "temporaryinbox.com", "tempr.email", "thankyou2010.com", "throwam.com", "throwawayemailaddress.com",
    "throwawaymail.com", "tmail.ws", "tmailinator.com", "tmpmail.net", "tmpmail.org", "tradermail.info",
    "trash-mail.at", "trash-mail.com", "trash-mail.de", "trashmail.at", "trashmail.com", "trashmail.de", "trashmail.me",
    "trashmail.net", "trashmail.org", "trashmail.ws", "trashymail.com", "trbvm.com", "tyldd.com", "wegwerfmail.de",
    "wegwerfmail.net", "wegwerfmail.org", "wh4f.org", "whyspam.me", "wuzup.net", "yopmail.com", "yopmail.fr",
    "yopmail.net", "zetmail.com", "zippymail.info",
];

#[cfg(test)]
mod tests {
    use super::{DISPOSABLE, FREE};

    #[test]
    fn the_lists_can_be_searched_and_do_not_overlap() {
        assert!(FREE.is_sorted_by(|a, b| a < b));
        assert!(DISPOSABLE.is_sorted_by(|a, b| a < b));
        assert!(FREE.iter().all(|domain| DISPOSABLE.binary_search(domain).is_err()));
    }
}
