//! Call names (호출명): what staff call out. Two-syllable words that are hard to confuse when shouted.

const WORDS: [&str; 60] = [
    "사과",
    "포도",
    "딸기",
    "수박",
    "참외",
    "자두",
    "살구",
    "앵두",
    "매실",
    "귤빛",
    "바다",
    "하늘",
    "구름",
    "노을",
    "별빛",
    "달빛",
    "햇살",
    "무지개",
    "바람",
    "파도",
    "호수",
    "강물",
    "소나무",
    "은행",
    "단풍",
    "벚꽃",
    "장미",
    "튤립",
    "국화",
    "난초",
    "토끼",
    "다람쥐",
    "여우",
    "사슴",
    "고래",
    "돌고래",
    "펭귄",
    "부엉이",
    "제비",
    "참새",
    "나비",
    "꿀벌",
    "거북이",
    "오리",
    "고양이",
    "강아지",
    "판다",
    "코알라",
    "기린",
    "얼룩말",
    "피아노",
    "기타",
    "북소리",
    "종소리",
    "연필",
    "모자",
    "우산",
    "시계",
    "등대",
    "기차",
];

/// The call name of the day's order `number`, unique within the day: after sixty orders a digit follows the word.
pub fn call_name(number: u32) -> String {
    let index = number.saturating_sub(1) as usize;
    let (round, word) = (index / WORDS.len(), WORDS[index % WORDS.len()]);
    if round == 0 { word.to_owned() } else { format!("{word} {}", round + 1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_day_of_orders_has_no_name_twice() {
        let names: HashSet<String> = (1..=2_000).map(call_name).collect();
        assert_eq!(names.len(), 2_000);
        assert_eq!(call_name(1), "사과");
        assert_eq!(call_name(61), "사과 2");
    }
}
