" SPDX-License-Identifier: GPL-2.0-only
" The TEA language (Documentation/tea_language.rst)

if exists("b:current_syntax")
	finish
endif

syntax case match

syntax keyword teaType char int signed string unsigned void
syntax keyword teaConditional else if switch
syntax keyword teaRepeat do for while
syntax keyword teaLabel case default
syntax keyword teaStatement break continue goto return
syntax keyword teaStatement asm nextgroup=teaAssembly skipwhite skipempty
syntax keyword teaTodo contained FIXME TODO XXX

syntax match teaNumber "\<\%(0x\x\+\|0b[01]\+\|\d\+\)\>"
syntax match teaEscape contained "\\\%([nrt0\\'\"]\|x\x\x\)"
syntax match teaCharacter "'\%([^\\']\|\\x\x\x\|\\.\)'" contains=teaEscape
syntax region teaString start=/"/ skip=/\\./ end=/"/ oneline contains=teaEscape
syntax match teaPreprocessor "^\s*#\s*\%(define\|elif\|else\|endif\|error\|ifdef\|ifndef\|if\|include\|undef\)\>"
syntax match teaIncluded "\%(#\s*include\s*\)\@<=<[^>]*>"

syntax region teaAssembly contained start="{" end="}" contains=teaInstruction,teaComment,teaNumber,teaCharacter,teaString
syntax keyword teaInstruction contained nop pushlb pushls pushmb pushmbx pushms pushmsx pushsb
syntax keyword teaInstruction contained pushsbx pushss pushssx pushsba pushsbax pushssa pushssax
syntax keyword teaInstruction contained pushn pushnx convbs convsb popbm popbmx popsm popsmx popbs
syntax keyword teaInstruction contained popbsx popss popssx popbsa popbsax popssa popssax popcmd
syntax keyword teaInstruction contained popb pops popn popnx decb decs incb incs addb adds subb
syntax keyword teaInstruction contained subs negb negs multb mults divb divs modb mods andb ands
syntax keyword teaInstruction contained orb ors xorb xors compb comps rlb rls rrb rrs brneg brpos
syntax keyword teaInstruction contained brz brnz brc brnc cmpbbr cmpsbr goto call return fmtbb
syntax keyword teaInstruction contained fmtbd fmtbu fmtbh fmtsb fmtsd fmtsu fmtsh exit

syntax match teaComment "//.*$" contains=teaTodo
syntax region teaComment start="/\*" end="\*/" contains=teaTodo

highlight default link teaType Type
highlight default link teaConditional Conditional
highlight default link teaRepeat Repeat
highlight default link teaLabel Label
highlight default link teaStatement Statement
highlight default link teaInstruction Function
highlight default link teaTodo Todo
highlight default link teaNumber Number
highlight default link teaEscape SpecialChar
highlight default link teaCharacter Character
highlight default link teaString String
highlight default link teaPreprocessor PreProc
highlight default link teaIncluded Include
highlight default link teaComment Comment

let b:current_syntax = "tea"
