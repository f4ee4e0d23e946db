//! A clear wish for a person inside a sentence (R6): the ways to say it are few, and whoever says it means it, whatever else
//! the sentence is about. Matched on folded text, clause by clause.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

use crate::text::fold;

/// So many clauses are looked at: a flood must not cost more.
const CLAUSES_MAX: usize = 20;
/// What ends a clause.
const CLAUSE_ENDS: [char; 8] = [',', '.', '!', '?', ';', '\n', '،', '…'];

/// English, Hebrew (final letters folded), Latvian (accents folded).
const WISHES: [&str; 13] = [
    r"\b(talk|speak|chat)( (directly|now|please))? (to|with) (a|an|the|your|one of your|some|any|another)?( ?(real|live|actual|human|different))* ?(person|human|human being|agent|representative|operator|colleague|manager|supervisor|somebody|someone|anyone|anybody)\b",
    r"\b(connect|transfer|switch|forward) me (to|with) (a|an|the|your|some)?( ?(real|live|actual|human))* ?(person|human|human being|agent|representative|operator|colleague|somebody|someone)\b",
    r"\b(get|give|find) me (a|an)( (real|live|actual|human))* ?(person|human|agent|representative|operator)\b",
    r"\b(want|need|prefer|like) (a|an)( (real|live|actual|human))* ?(person|human|human being|agent|representative|operator)\b",
    r"\bput me through\b",
    r"(^| )ו?(לדבר|לשוחח|להתכתב) עמ (נציג|נציגה|נציגת|נציגימ|בנ אדמ|בנאדמ|אדמ|מישהו|מישהי)\b",
    r"(^| )ו?ש?(תעבירו|תעביר|תעבירי|להעביר|תחברו|לחבר|תנו|תנ) (אותי |לי )?ל?(נציג|נציגה|נציגת|בנ אדמ|בנאדמ)\b",
    r"(^| )ו?(רוצה|רוצימ|צריכ|צריכה|צריכימ|מבקש|מבקשת|מבקשימ|אפשר|אשמח) ((לקבוע )?ל?שיחה עמ )?(נציג|נציגה|נציגת|בנ אדמ|בנאדמ|מישהו אמיתי)\b",
    r"^ל?שיחה עמ (נציג|נציגה|נציגת שירות|בנ אדמ|בנאדמ)( בבקשה)?$",
    r"(^| )ו?(רוצה|רוצימ|צריכ|צריכה|צריכימ|מבקש|מבקשת|מבקשימ|אפשר|אשמח|בבקשה)( מאוד| מאד| ממש| בבקשה| לבקש)? ו?ש(נציג|נציגה|נציגת|מישהו|מישהי|בנ אדמ|בנאדמ)( שירות| אנושי)? ((יחזור|תחזור|יתקשר|תתקשר) אל(י|יי|ינו)|(ידבר|תדבר) אית(י|נו)|(יענה|תענה) לי)\b",
    r"(^|(^| )ו?(רוצה|מבקש|מבקשת|אפשר|אשמח|בבקשה) )ו?ש?(תתקשרו|תחזרו) אל(י|יי|ינו)\b",
    r"\b(runat|parunat|aprunaties|sazinaties) ar (isto |dzivu |istu |kadu |jusu )?(cilveku|operatoru|darbinieku|konsultantu|specialistu|kadu)\b",
    r"\b(savienojiet mani|parslediet mani|dzivu cilveku|vajag cilveku|gribu cilveku)\b",
];

#[expect(clippy::unwrap_used, reason = "the patterns are constants, compiled by a test")]
static WISH: LazyLock<RegexSet> = LazyLock::new(|| RegexSet::new(WISHES).unwrap());

/// Who does not want a person, or asks why one is needed or when one calls, says the same words. These are taken away with
/// what is denied; a wish can stand beside them.
#[expect(clippy::unwrap_used, reason = "the patterns are constants, compiled by a test")]
static NOT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(^| )[וש]?(לא|אל|בלי|מבלי|איני|אינני)( (רוצה|רוצימ|צריכ|צריכה|צריכימ|מבקש|מבקשת|מבקשימ))? ",
        r"(לדבר|לשוחח|להתכתב|להעביר|ש?(תעבירו|תעביר|תעבירי|תתקשרו|תחזרו|נציג|נציגה|נציגת|מישהו|מישהי|בנ אדמ|בנאדמ))\b",
        r"|(^| )(למה|מתי) ((צריכ|צריכה|צריכימ) (נציג|נציגה|בנ אדמ|בנאדמ)|תתקשרו|תחזרו)\b",
        r"|\b(dont|do not|didnt|did not|doesnt|not|never)( really| even| actually)? (want|need|wish|like|prefer|wanna)( to)?",
        r"( (talk|speak|chat|an?|any|the|your))?\b",
        r"|\b(without|no need|instead of)( (to|for|having to|needing to))? (talk|speak|chat|an?|any)\b",
        r"|\b(why )?(do i|should i|must i|would i) (have to|need to|need) (talk|speak|chat|an?)\b",
        r"|\b(negribu|nevelos|nevajag|bez)( vairs)? (runat|parunat|aprunaties|sazinaties|cilveku|dziva cilveka)\b",
    ))
    .unwrap()
});

/// Whether somebody asks for a person in this text, which is given folded as well. What is denied in one clause ("no, …") is not in the next.
pub(super) fn is_clear(text: &str, folded: &str) -> bool {
    let asks = |folded: &str| WISH.is_match(&NOT.replace_all(folded, " "));
    let clauses = || text.split(CLAUSE_ENDS).take(CLAUSES_MAX);
    asks(folded) || text.contains(CLAUSE_ENDS) && clauses().any(|clause| asks(&fold(clause)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_told_from_sentences_about_people() {
        for text in [
            "I want to talk to a human, please",
            "can i speak with one of your agents about my bill or rather speak to someone",
            "please connect me to a real person",
            "Get me a human!",
            "i need an agent",
            "אפשר לדבר עם נציג על החשבון?",
            "תעבירו אותי לנציגה",
            "אני רוצה נציג",
            "אני רוצה לבטל את המנוי ולדבר עם נציג",
            "החשבון לא נכון ורוצה נציגה",
            "אפשר שמישהו יתקשר אליי?",
            "אשמח שנציג שירות יחזור אליי",
            "תתקשרו אליי",
            "בבקשה שתעבירו אותי לנציג",
            "תבטלו את המנוי ושתעבירו אותי לנציגת שירות",
            "לא רוצה בוט, רוצה בנאדם",
            "אפשר נציג?",
            "איך לדבר עם נציג?",
            "שיחה עם נציג בבקשה",
            "מבקשת לקבוע שיחה עם נציג",
            "אני רוצה שבן אדם יענה לי",
            "אשמח שתתקשרו אליי",
            "vai varu parunāt ar kādu cilvēku",
            "gribu runāt ar operatoru par rēķinu",
            "לא, תעבירו אותי לנציג",
            "לא, נציג בבקשה, אני רוצה נציג",
            "לא! תתקשרו אליי",
            "No, transfer me to an agent",
            "I don't want a bot, I want a human",
            "I don't want to talk to a bot, get me a human",
            "why can't i talk to a person?",
            "I don't know how to talk to a person",
            "Could I not just speak to someone?",
            "negribu runāt ar botu, gribu runāt ar cilvēku",
        ] {
            assert!(is_clear(text, &fold(text)), "{text}");
        }
        for text in [
            "your agent was friendly",
            "i talked to an agent yesterday and nothing happened",
            "how do i get someone else's channel",
            "the person who came did not repair it",
            "i want a new remote",
            "הנציג לא הגיע",
            "אמרו שנציג יחזור אליי",
            "הייתה לי שיחה עם נציג אתמול",
            "לא רוצה שמישהו יתקשר אליי",
            "לא צריך נציג, רק את הסיסמה",
            "איך עושים שמישהו יענה במקומי",
            "אני לא רוצה לדבר עם נציג",
            "אפשר לבטל בלי לדבר עם נציג?",
            "למה צריך נציג כדי לשנות סיסמה?",
            "אל תתקשרו אליי יותר",
            "מתי תתקשרו אליי?",
            "אשמח לעדכון, אמרו שנציג יחזור אליי",
            "דיברתי עם נציג אתמול",
            "cilvēks, kas atnāca, neko nesalaboja",
            "I don't want to talk to an agent, just tell me my balance",
            "I don't need an agent",
            "i do not want to speak with a representative",
            "can I cancel without having to speak to someone?",
            "why do I have to talk to a person to cancel?",
            "do I need a person at home for the delivery",
            "negribu runāt ar operatoru",
            "bez operatora, lūdzu; nevajag cilvēku",
        ] {
            assert!(!is_clear(text, &fold(text)), "{text}");
        }
    }
}
