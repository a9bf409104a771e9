#include "terminal/keys.hpp"

#include <gmock/gmock.h>

namespace jobctl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Key letter(char character) {
  return {KeyCode::character, character};
}

TEST(Keys, AreLettersAndSequences) {
  KeyReader keys;
  EXPECT_THAT(keys.feed("k\x1b[Aq"), ElementsAre(letter('k'), Key{KeyCode::up}, letter('q')));
  EXPECT_THAT(keys.feed("\x1b[B\x1b[C\x1b[D"),
              ElementsAre(Key{KeyCode::down}, Key{KeyCode::right}, Key{KeyCode::left}));
  EXPECT_THAT(keys.feed("\x1b[5~\x1b[6~"), ElementsAre(Key{KeyCode::page_up}, Key{KeyCode::page_down}));
  for (const char* home : {"\x1b[H", "\x1bOH", "\x1b[1~", "\x1b[7~"})
    EXPECT_THAT(keys.feed(home), ElementsAre(Key{KeyCode::home})) << home;
  for (const char* end : {"\x1b[F", "\x1bOF", "\x1b[4~", "\x1b[8~"})
    EXPECT_THAT(keys.feed(end), ElementsAre(Key{KeyCode::end})) << end;
  for (const char* enter : {"\r", "\n", "\x1bOM"})
    EXPECT_THAT(keys.feed(enter), ElementsAre(Key{KeyCode::enter})) << enter;
  EXPECT_THAT(keys.feed("\x1bOA"), ElementsAre(Key{KeyCode::up})) << "in application mode";
}

TEST(Keys, MayComeInPieces) {
  KeyReader keys;
  EXPECT_THAT(keys.feed("\x1b"), IsEmpty());
  EXPECT_TRUE(keys.is_holding());
  EXPECT_THAT(keys.feed("["), IsEmpty());
  EXPECT_THAT(keys.feed("5"), IsEmpty());
  EXPECT_THAT(keys.feed("~y"), ElementsAre(Key{KeyCode::page_up}, letter('y')));
  EXPECT_FALSE(keys.is_holding());
}

TEST(Keys, EscapeIsAKeyWhereNothingFollows) {
  KeyReader keys;
  EXPECT_THAT(keys.feed("\x1b"), IsEmpty());
  EXPECT_THAT(keys.release(), ElementsAre(Key{KeyCode::escape}));
  EXPECT_THAT(keys.release(), IsEmpty());
  EXPECT_THAT(keys.feed("\x1b[1"), IsEmpty());
  EXPECT_THAT(keys.release(), IsEmpty()) << "half a sequence is none";
  EXPECT_THAT(keys.feed("k"), ElementsAre(letter('k')));
  EXPECT_THAT(keys.feed("\x1b\x1b[A"), ElementsAre(Key{KeyCode::up}));
}

TEST(Keys, ThatAreUnknownDoNothing) {
  KeyReader keys;
  for (const char* unknown :
       {"\x1b[15~", "\x1b[1;5A", "\x1bk", "\x1bOP", "\x1b[[A", "\x01", "\t", "\x7f", "\xc3\xa4"})
    EXPECT_THAT(keys.feed(unknown), IsEmpty()) << unknown;
  EXPECT_THAT(keys.feed("\x1b[" + std::string(1000, '1')), testing::Each(letter('1')))
      << "an endless one is text again";
}

TEST(Keys, ArentPressedByPastedText) {
  KeyReader keys;
  EXPECT_THAT(keys.feed("\x1b[200~ky\r\x1b[A"), IsEmpty());
  EXPECT_THAT(keys.feed("ky\x1b[20"), IsEmpty());
  EXPECT_THAT(keys.feed("1~k"), ElementsAre(letter('k')));
}

}  // namespace
}  // namespace jobctl
